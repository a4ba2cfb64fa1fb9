import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { PaymentProvider, type AuthoriseAnswer } from '@kernel/ports/payment-provider.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { isSettled, type Due, type PaymentCommand } from '../domain/payment.js';
import { Orders } from '../orders.js';
import { chargeOf, dueAt, Payments } from '../payments.js';

/** Sets an order's money apart. A provider that gives no answer is asked again, until it has or until the order needs its money no more. */
@Injectable()
export class AuthorisePayment implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly orders: Orders,
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
  ) {}

  onModuleInit(): void {
    const [{ repository: orders }, { repository }] = [this.orders, this.payments];
    this.inbox.register({
      context: 'ordering',
      name: 'AuthorisePayment',
      schema: orderingSagaCommands.AuthorisePayment,
      touches: ({ orderId }) => [touch(repository, orderId), touch(orders, orderId)],
      ask: async ({ data }, work) => {
        const { state } = work.load(repository, data.orderId);
        const isCancelled = work.load(orders, data.orderId).state.status === 'cancelled';
        // Whoever cancelled the order, or vouched for its money, has what an earlier attempt may have set apart voided.
        if (isSettled(state) || state.isPaidElsewhere || isCancelled) return null;
        return this.provider.authorise(chargeOf(dueAt(this.provider.name, data), state));
      },
      decide: ({ data }, work, asked) => {
        if (asked) work.decide(repository, data.orderId, toFact(dueAt(this.provider.name, data), asked));
      },
    });
  }
}

function toFact(due: Due, asked: AuthoriseAnswer): PaymentCommand {
  switch (asked.status) {
    case 'authorised':
      return { type: 'RecordAuthorisation', data: { due, reference: asked.reference, amount: due.amount, currency: due.currency } };
    case 'declined':
      return { type: 'RecordDecline', data: { due, reference: asked.reference, code: asked.code } };
    case 'pending':
      return { type: 'RecordPending', data: { due, reference: asked.reference, reason: 'pending' } };
  }
}
