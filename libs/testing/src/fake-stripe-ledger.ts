import { randomUUID } from 'node:crypto';

/** Parameters of a request, by their flat names: `metadata[payment_id]`. */
export type Params = URLSearchParams;

/** A payment intent, with the fields that are read or checked. */
export interface FakeIntent {
  readonly object: 'payment_intent';
  readonly id: string;
  readonly amount: number;
  amount_capturable: number;
  amount_received: number;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
  last_payment_error: { readonly type: 'card_error'; readonly code: string; readonly decline_code: string; readonly message: string } | null;
}

interface FakeRefund {
  readonly object: 'refund';
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'succeeded' | 'failed';
  failure_reason: string | null;
}

/** What a webhook tells. */
export interface FakeEvent {
  readonly object: 'event';
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: { readonly object: object };
}

/** An error as Stripe answers it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: Readonly<Record<string, unknown>> & { readonly type: string; readonly message: string },
  ) {
    super(body.message);
  }
}

const invalid = (message: string, more: Record<string, unknown> = {}, status = 400): ApiError =>
  new ApiError(status, { type: 'invalid_request_error', message, ...more });
const idOf = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;
const MOST = 99_999_999;

/** What Stripe keeps of payment intents and refunds, and the rules by which they change. */
export class FakeStripeLedger {
  readonly intents = new Map<string, FakeIntent>();
  readonly refunds: FakeRefund[] = [];
  readonly events: FakeEvent[] = [];

  create(params: Params): FakeIntent {
    for (const [name, value] of Object.entries({ capture_method: 'manual', 'automatic_payment_methods[allow_redirects]': 'never' }))
      if (params.get(name) !== value) throw invalid(`this fake knows ${name}=${value} only`, { param: name });
    const amount = amountOf(params);
    if (amount > MOST) throw invalid('Amount must be no more than 999,999.99', { code: 'amount_too_large', param: 'amount' });
    if (params.get('confirm') === 'false') return this.open(params, amount);
    const method = params.get('payment_method') ?? '';
    const outcome = METHODS[method];
    if (!outcome) throw invalid(`No such PaymentMethod: '${method}'`, { code: 'resource_missing', param: 'payment_method' });
    return outcome(this.open(params, amount), this);
  }

  private open(params: Params, amount: number): FakeIntent {
    const intent = newIntent(params, amount);
    this.intents.set(intent.id, intent);
    return intent;
  }

  capture(id: string): FakeIntent {
    const intent = this.in(id, ['requires_capture'], 'captured');
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount_capturable, amount_capturable: 0 });
    return this.tell('payment_intent.succeeded', intent);
  }

  cancel(id: string): FakeIntent {
    const intent = this.in(id, ['requires_capture', 'requires_action', 'requires_payment_method'], 'canceled');
    Object.assign(intent, { status: 'canceled', amount_capturable: 0 });
    return this.tell('payment_intent.canceled', intent);
  }

  retrieve(id: string): FakeIntent {
    const intent = this.intents.get(id);
    if (!intent) throw invalid(`No such payment_intent: '${id}'`, { code: 'resource_missing', param: 'intent' }, 404);
    return intent;
  }

  search(query: string): FakeIntent[] {
    const [, key, quoted] = /^metadata\['(\w+)'\]:'((?:[^'\\]|\\.)*)'$/.exec(query) ?? [];
    if (key === undefined || quoted === undefined) throw invalid(`this fake cannot search for ${query}`, { param: 'query' });
    return [...this.intents.values()].filter(({ metadata }) => metadata[key] === quoted.replaceAll(/\\(.)/g, '$1'));
  }

  refund(params: Params): FakeRefund {
    const intent = this.retrieve(params.get('payment_intent') ?? '');
    const amount = amountOf(params);
    const standing = this.refundsOf(intent.id).filter(({ status }) => status === 'succeeded');
    const given = standing.reduce((sum, refund) => sum + refund.amount, 0);
    const left = intent.amount_received - given;
    if (intent.status !== 'succeeded') throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
    if (left === 0) throw invalid('The charge has already been refunded.', { code: 'charge_already_refunded' });
    if (amount > left) throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, { param: 'amount' });
    const made: FakeRefund = {
      object: 'refund',
      id: idOf('re'),
      amount,
      currency: intent.currency,
      payment_intent: intent.id,
      metadata: metadataOf(params),
      status: 'succeeded',
      failure_reason: null,
    };
    this.refunds.push(made);
    return this.tell('refund.created', made);
  }

  /** The card was closed since: what was given back to it comes back to the shop. */
  failRefund(metadata: Readonly<Record<string, string>>): FakeRefund {
    const isIt = (refund: FakeRefund): boolean => Object.entries(metadata).every(([name, value]) => refund.metadata[name] === value);
    const refund = this.refunds.find((each) => each.status === 'succeeded' && isIt(each));
    if (!refund) throw invalid('No such refund');
    Object.assign(refund, { status: 'failed', failure_reason: 'expired_or_canceled_card' });
    return this.tell('refund.failed', refund);
  }

  refundsOf(intent: string): FakeRefund[] {
    return this.refunds.filter(({ payment_intent }) => payment_intent === intent);
  }

  /** The customer proves to the bank who they are, or the bank has decided. */
  complete(id: string): FakeIntent {
    const intent = this.in(id, ['requires_action', 'processing'], 'completed');
    Object.assign(intent, { status: 'requires_capture', amount_capturable: intent.amount });
    return this.tell('payment_intent.amount_capturable_updated', intent);
  }

  /** Keeps an event of this moment. */
  tell<T extends object>(type: string, object: T): T {
    this.events.push({ object: 'event', id: idOf('evt'), type, created: Math.floor(Date.now() / 1_000), data: { object: structuredClone(object) } });
    return object;
  }

  private in(id: string, statuses: readonly FakeIntent['status'][], step: string): FakeIntent {
    const intent = this.retrieve(id);
    if (statuses.includes(intent.status)) return intent;
    const message = `This PaymentIntent could not be ${step} because it has a status of ${intent.status}.`;
    throw invalid(message, { code: 'payment_intent_unexpected_state', payment_intent: intent });
  }
}

/** Stripe's own test means of payment: what becomes of an intent that is confirmed with one. */
const METHODS: Readonly<Record<string, (intent: FakeIntent, ledger: FakeStripeLedger) => FakeIntent>> = {
  pm_card_visa: (intent, ledger) => {
    Object.assign(intent, { status: 'requires_capture', amount_capturable: intent.amount });
    return ledger.tell('payment_intent.amount_capturable_updated', intent);
  },
  pm_card_chargeDeclined: (intent, ledger) => {
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' } as const;
    intent.last_payment_error = error;
    ledger.tell('payment_intent.payment_failed', intent);
    throw new ApiError(402, { ...error, payment_intent: intent });
  },
  pm_card_authenticationRequired: (intent, ledger) => {
    intent.status = 'requires_action';
    return ledger.tell('payment_intent.requires_action', intent);
  },
};

function newIntent(params: Params, amount: number): FakeIntent {
  return {
    object: 'payment_intent',
    id: idOf('pi'),
    amount,
    amount_capturable: 0,
    amount_received: 0,
    currency: params.get('currency') ?? '',
    description: params.get('description'),
    metadata: metadataOf(params),
    status: 'requires_payment_method',
    last_payment_error: null,
  };
}

function amountOf(params: Params): number {
  const text = params.get('amount') ?? '';
  if (!/^[1-9]\d*$/.test(text)) throw invalid(`Invalid integer: ${text}`, { code: 'parameter_invalid_integer', param: 'amount' });
  return Number(text);
}

const metadataOf = (params: Params): Record<string, string> =>
  Object.fromEntries([...params].flatMap(([name, value]) => (/^metadata\[(\w+)\]$/.test(name) ? [[name.slice(9, -1), value]] : [])));
