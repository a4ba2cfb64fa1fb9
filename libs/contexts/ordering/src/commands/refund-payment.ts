import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toUnits } from '@kernel/money.js';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import { orderingSagaCommands, type OrderingSagaCommand } from '../contract/saga-commands.js';
import { ensureRefundable, isCaptured, isHeld, refundableOf, type Payment } from '../domain/payment.js';
import { ensureOwedByProvider } from '../domain/whole-refund.js';
import { chargeOf, dueOf, Payments } from '../payments.js';

type Refund = OrderingSagaCommand<'RefundPayment'>;

/** Gives back money that was taken. */
@Injectable()
export class RefundPayment implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
  ) {}

  onModuleInit(): void {
    const { repository } = this.payments;
    this.inbox.register({
      context: 'ordering',
      name: 'RefundPayment',
      schema: orderingSagaCommands.RefundPayment,
      touches: ({ orderId }) => [touch(repository, orderId)],
      ask: ({ data }, work) => this.ask(data, work.load(repository, data.orderId).state),
      decide: ({ data }, work, refunded) => {
        if (refunded) work.decide(repository, data.orderId, { type: 'RecordRefund', data: refunded });
      },
    });
  }

  /** What was given back, or null where that is known already or a notice will tell. */
  private async ask({ orderId, refundId, amount: wanted, reason }: Refund, state: Payment) {
    if (state.refunds.some((refund) => refund.refundId === refundId)) return null;
    ensureOwedByProvider({ orderId, refundId }, state);
    // Goods can be back before the capture that their shipment asked for has come about.
    if (isHeld(state)) {
      throw new Refusal('ordering.payment-not-captured-yet', 'unavailable', 'The money for this order is still to be taken', { orderId });
    }
    ensure(isCaptured(state), 'ordering.payment-not-captured', 'No money was taken for this order', { orderId });
    const amount = wanted ?? refundableOf(state);
    ensure(wanted !== null || toUnits(amount) > 0n, 'ordering.nothing-to-refund', 'All that was taken is given back already', { orderId });
    ensureRefundable(amount, state);
    const due = dueOf(orderId, this.provider.name, state);
    const charge = chargeOf(due, state);
    const refunded = { due, reference: charge.reference ?? orderId, amount, currency: due.currency, refundId, reason, attempt: null };
    // Free goods that come back are a fact as well, but none that a provider could do something about.
    if (toUnits(amount) === 0n) return refunded;
    const answer = await this.provider.refund(charge, { refundId, amount: { amount, currency: due.currency } });
    if (answer.status === 'pending') return null;
    if (answer.status === 'refused') {
      throw new Refusal('payment.refund-refused', 'conflict', `The provider did not refund the payment: ${answer.code}`, {
        providerCode: answer.code,
      });
    }
    return { ...refunded, attempt: answer.attempt };
  }
}
