import type { Refusal } from '@kernel/refusal.js';
import { Stripe } from 'stripe';
import { requestChanged, unavailable } from '../refusals.js';

const { StripeCardError, StripeError, StripeIdempotencyError, StripeInvalidRequestError } = Stripe.errors;

/** What Stripe has decided against: repeating the request changes nothing. */
export type Verdict = InstanceType<typeof StripeCardError> | InstanceType<typeof StripeInvalidRequestError>;

export const isVerdict = (error: unknown): error is Verdict => error instanceof StripeCardError || error instanceof StripeInvalidRequestError;

/** The key was used for a request with other parameters. */
export const isOfOtherRequest = (error: unknown): boolean => error instanceof StripeIdempotencyError;

export const codeOf = ({ code, type }: Verdict): string => code ?? type;

/** An error that is no verdict, in the port's words: it is not known what Stripe did, or the key was used for something else. */
export function refusalOf(error: unknown, id: string): Refusal | unknown {
  if (isOfOtherRequest(error)) return requestChanged(id);
  if (!(error instanceof StripeError)) return error;
  const { type, code, statusCode, requestId } = error;
  return unavailable(type, { type, code, statusCode, requestId });
}
