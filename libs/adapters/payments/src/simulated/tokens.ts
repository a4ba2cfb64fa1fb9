/** What the service tells by itself once a charge has settled, and how long after. */
interface Telling {
  readonly type: 'pending' | 'authorised' | 'captured';
  /** Share of the delay by which it comes later than the settling. */
  readonly after: number;
}

/** What becomes of a charge made with a token. */
export interface Story {
  /** Where the charge stands when the answer is given; `in-flight` gives none. */
  readonly status: 'authorised' | 'declined' | 'pending' | 'in-flight' | 'voided';
  /** Of a decline. */
  readonly code?: string;
  /** What it becomes by itself after the delay. */
  readonly settlesAs?: 'authorised' | 'captured';
  readonly tells?: readonly Telling[];
  /** Whether the first attempt at each of its refunds is accepted, and fails after the delay. */
  readonly failsRefunds?: boolean;
  /** Whether the notice of a capture overtakes the answer to it. */
  readonly tellsCaptureFirst?: boolean;
}

/** The tokens of the simulated service (docs/how-to/payments.md). */
export const STORIES: Readonly<Record<string, Story>> = {
  tok_approve: { status: 'authorised' },
  tok_decline: { status: 'declined', code: 'card_declined' },
  tok_refund_fails: { status: 'authorised', failsRefunds: true },
  tok_late: { status: 'pending', settlesAs: 'authorised', tells: [{ type: 'authorised', after: 0 }] },
  tok_timeout_then_capture: { status: 'in-flight', settlesAs: 'captured', tells: [{ type: 'captured', after: 0 }] },
  tok_duplicate_callback: {
    status: 'pending',
    settlesAs: 'authorised',
    tells: [
      { type: 'authorised', after: 0 },
      { type: 'authorised', after: 0.25 },
      { type: 'authorised', after: 0.5 },
    ],
  },
  tok_out_of_order: {
    status: 'pending',
    settlesAs: 'authorised',
    tells: [
      { type: 'authorised', after: 0 },
      { type: 'pending', after: 0.25 },
    ],
    tellsCaptureFirst: true,
  },
};

/** Of a payment that is voided before it was ever asked for: the void stands, whatever comes later. */
export const NEVER: Story = { status: 'voided' };

const UNKNOWN: Story = { status: 'declined', code: 'token_unknown' };

export const storyOf = (token: string): Story => (Object.hasOwn(STORIES, token) ? STORIES[token]! : UNKNOWN);
