import { Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public, Unlimited } from '@adapters/runtime/src/auth/index.js';
import { KeepRawBody, RawBody } from '@adapters/runtime/src/http/raw-body.js';
import { Clock } from '@kernel/clock.js';
import { once } from '@kernel/once.js';
import { EventStores, type CommandOutcome } from '@kernel/ports/event-store.js';
import { PaymentProvider, type ProviderNotice } from '@kernel/ports/payment-provider.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { Due, PaymentCommand } from '../domain/payment.js';
import { Orders } from '../orders.js';
import { Payments } from '../payments.js';

/** What a payment provider told by itself, verified. */
export class TakePaymentNotice {
  constructor(
    readonly provider: string,
    readonly notice: ProviderNotice,
  ) {}
}

@CommandHandler(TakePaymentNotice)
export class TakePaymentNoticeHandler implements ICommandHandler<TakePaymentNotice> {
  constructor(
    private readonly stores: EventStores,
    private readonly scope: RequestContext,
    private readonly orders: Orders,
    private readonly payments: Payments,
  ) {}

  /** Takes effect once for a notice's id; a repeat is answered as the first was. */
  async execute({ provider, notice }: TakePaymentNotice): Promise<CommandOutcome> {
    const scope = this.scope.current();
    scope.principal = { id: `provider:${provider}`, roles: [], permissions: [], sessionId: '' };
    // The id alone tells notices apart: a provider may word a repeat in another way.
    const claim = { principal: scope.principal.id, route: 'callback', key: notice.id, bodyDigest: notice.id };
    scope.idempotency = claim;
    return once(this.stores.store('ordering'), claim, () => this.record(provider, notice));
  }

  /** What is due stands in the order, so that a notice which overtakes the provider's own answer is understood as well. */
  private async record(provider: string, notice: ProviderNotice): Promise<CommandOutcome> {
    const { paymentId: orderId } = notice;
    const { state } = await this.orders.repository.load(orderId, { version: 1 });
    if (state.status === 'none' || !state.payment) throw new Refusal('ordering.payment-not-found', 'not-found', 'There is no such payment');
    const due: Due = { orderId, provider, amount: state.total, currency: state.currency, token: state.payment.token };
    return this.payments.repository.execute(orderId, facts[notice.type](notice, due), ({ version }) => ({ status: 200, body: RECEIVED, version }));
  }
}

const RECEIVED = { received: true };

const told = ({ reference, amount }: ProviderNotice, due: Due) => ({ due, reference, ...amount });

const facts: { readonly [Type in ProviderNotice['type']]: (notice: ProviderNotice, due: Due) => PaymentCommand } = {
  pending: ({ reference }, due) => ({ type: 'RecordPending', data: { due, reference, reason: 'pending' } }),
  authorised: (notice, due) => ({ type: 'RecordAuthorisation', data: told(notice, due) }),
  declined: ({ reference, code }, due) => ({ type: 'RecordDecline', data: { due, reference, code: code ?? 'declined' } }),
  captured: (notice, due) => ({ type: 'RecordCapture', data: told(notice, due) }),
  voided: (_, due) => ({ type: 'RecordVoid', data: { due } }),
  // A refund without our id was made at the provider's own desk.
  refunded: (notice, due) => ({
    type: 'RecordRefund',
    data: { ...told(notice, due), refundId: notice.refundId ?? notice.id, reason: 'told by the provider', attempt: notice.attempt ?? null },
  }),
  'refund-failed': ({ id, refundId, attempt, amount, code }, due) => ({
    type: 'RecordRefundFailure',
    data: { due, refundId: refundId ?? id, attempt: attempt ?? id, amount: amount.amount, code: code ?? 'failed' },
  }),
};

@ApiTags('payments')
@Controller('api/v1/payments/callbacks')
export class PaymentCallbackRoute {
  constructor(
    private readonly commands: CommandBus,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
  ) {}

  @Post(':provider')
  @HttpCode(200)
  @Public()
  // All of a provider's callbacks come from a few addresses; refusing an unsigned one costs less than counting it would.
  @Unlimited()
  @KeepRawBody()
  @ApiOperation({
    operationId: 'takePaymentNotice',
    summary: 'Take a notice of a payment',
    description:
      'For the payment provider alone: tells what became of a payment. Its signature, over a time that is not long ago, stands for a token. Answered 404 for a payment that is not known yet, so that the provider sends it again.',
    security: [],
  })
  @ApiOkResponse({
    description: 'Recorded, known already, or of no concern here',
    schema: { type: 'object', properties: { received: { type: 'boolean' } }, required: ['received'] },
  })
  @ApiBadRequestResponse({ description: 'payment.callback-malformed' })
  @ApiNotFoundResponse({ description: 'payment.provider-unknown, ordering.payment-not-found' })
  async take(
    @Param('provider') name: string,
    @RawBody() body: string,
    @Headers() headers: Record<string, string | string[] | undefined>,
  ): Promise<object> {
    if (name !== this.provider.name) throw new Refusal('payment.provider-unknown', 'not-found', 'No such payment provider is in use here');
    const single = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, Array.isArray(value) ? value.join(', ') : value]));
    const notice = this.provider.notice(body, single, new Date(this.clock.now()));
    if (notice) await this.commands.execute(new TakePaymentNotice(name, notice));
    return RECEIVED;
  }
}
