import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { PaymentProvider, type VoidAnswer } from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { isCaptured, isHeld, type Due, type Payment, type PaymentCommand } from '../domain/payment.js';
import { chargeOf, dueAt, Payments } from '../payments.js';

/** Frees the money that was, or may have been, set apart. */
@Injectable()
export class VoidPayment implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
  ) {}

  onModuleInit(): void {
    const { repository } = this.payments;
    this.inbox.register({
      context: 'ordering',
      name: 'VoidPayment',
      schema: orderingSagaCommands.VoidPayment,
      touches: ({ orderId }) => [touch(repository, orderId)],
      ask: ({ data }, work) => this.ask(dueAt(this.provider.name, data), work.load(repository, data.orderId).state),
      decide: ({ data }, work, asked) => {
        if (asked === null) return;
        ensureStillSo(asked, work.load(repository, data.orderId).state);
        work.decide(repository, data.orderId, toFact(dueAt(this.provider.name, data), asked.answer));
      },
    });
  }

  /** The provider is asked even where nothing is known of the payment: an authorisation may be on its way that nobody has told of. */
  private async ask(due: Due, state: Payment): Promise<Asked | null> {
    if (isCaptured(state) || state.isVoided) return null;
    return { held: isHeld(state), answer: await this.provider.void(chargeOf(due, state)) };
  }
}

interface Asked {
  /** Whether money was known to be set apart when the provider was asked. */
  readonly held: boolean;
  readonly answer: VoidAnswer;
}

/** An authorisation that was told since can be younger than the void: recorded over it, the void would hide money that is set apart. */
function ensureStillSo({ held }: Asked, state: Payment): void {
  if (held || !isHeld(state)) return;
  throw new Refusal('ordering.payment-moved-on', 'unavailable', 'The payment was authorised while the provider was asked to void it');
}

/** Money that had moved already is captured, and is to be given back. */
function toFact(due: Due, answer: VoidAnswer): PaymentCommand {
  if (answer.status === 'voided') return { type: 'RecordVoid', data: { due } };
  const { reference, amount } = answer;
  return { type: 'RecordCapture', data: { due, reference, ...amount } };
}
