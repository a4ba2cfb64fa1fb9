import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { PaymentProvider, type AuthoriseAnswer } from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { isSettled, type Due, type Payment, type PaymentCommand } from '../domain/payment.js';
import { chargeOf, dueAt, Payments } from '../payments.js';

/** What is known once the provider was asked; null where it was known before. */
type Asked = AuthoriseAnswer | { readonly status: 'unanswered' } | null;

/** Sets an order's money apart. */
@Injectable()
export class AuthorisePayment implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
  ) {}

  onModuleInit(): void {
    const { repository } = this.payments;
    this.inbox.register({
      context: 'ordering',
      name: 'AuthorisePayment',
      schema: orderingSagaCommands.AuthorisePayment,
      touches: ({ orderId }) => [touch(repository, orderId)],
      ask: ({ data }, work) => this.ask(dueAt(this.provider.name, data), work.load(repository, data.orderId).state),
      decide: ({ data }, work, asked) => {
        if (asked) work.decide(repository, data.orderId, toFact(dueAt(this.provider.name, data), asked));
      },
    });
  }

  private async ask(due: Due, state: Payment): Promise<Asked> {
    if (isSettled(state)) return null;
    try {
      return await this.provider.authorise(chargeOf(due, state));
    } catch (error) {
      // It may have taken the money all the same: its callback tells, or the deadline of whoever asked.
      if (error instanceof Refusal && error.kind === 'unavailable') return { status: 'unanswered' };
      throw error;
    }
  }
}

function toFact(due: Due, asked: NonNullable<Asked>): PaymentCommand {
  switch (asked.status) {
    case 'authorised':
      return { type: 'RecordAuthorisation', data: { due, reference: asked.reference, amount: due.amount, currency: due.currency } };
    case 'declined':
      return { type: 'RecordDecline', data: { due, reference: asked.reference, code: asked.code } };
    case 'pending':
      return { type: 'RecordPending', data: { due, reference: asked.reference, reason: 'pending' } };
    case 'unanswered':
      return { type: 'RecordPending', data: { due, reference: null, reason: 'timeout' } };
  }
}
