import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { isCaptured, isHeld, type Due, type Payment } from '../domain/payment.js';
import { chargeOf, dueOf, Payments } from '../payments.js';

/** Takes the money that was set apart. */
@Injectable()
export class CapturePayment implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
  ) {}

  onModuleInit(): void {
    const { repository } = this.payments;
    this.inbox.register({
      context: 'ordering',
      name: 'CapturePayment',
      schema: orderingSagaCommands.CapturePayment,
      touches: ({ orderId }) => [touch(repository, orderId)],
      ask: ({ data }, work) => this.ask(data.orderId, work.load(repository, data.orderId).state),
      decide: ({ data }, work, captured) => {
        if (captured) work.decide(repository, data.orderId, { type: 'RecordCapture', data: captured });
      },
    });
  }

  /** What was captured, or null where that is known already or a notice will tell. */
  private async ask(orderId: string, state: Payment) {
    if (isCaptured(state)) return null;
    ensure(!state.isPaidElsewhere, 'ordering.payment-paid-elsewhere', 'The order was paid in another way: nothing is to be taken for it', {
      orderId,
    });
    ensure(isHeld(state), 'ordering.payment-not-authorised', 'No money is set apart for this order', { orderId });
    const due: Due = dueOf(orderId, this.provider.name, state);
    const charge = chargeOf(due, state);
    const answer = await this.provider.capture(charge);
    if (answer.status === 'pending') return null;
    if (answer.status === 'refused') {
      throw new Refusal('payment.capture-refused', 'conflict', `The provider did not capture the payment: ${answer.code}`, {
        providerCode: answer.code,
      });
    }
    return { due, reference: charge.reference ?? orderId, amount: due.amount, currency: due.currency };
  }
}
