import { canonical, type Money } from '@kernel/money.js';
import { Refusal } from '@kernel/refusal.js';

/** It is not known what the provider did: the same request may be made again, and finds out. */
export const unavailable = (reason: string, details: Record<string, unknown> = {}): Refusal =>
  new Refusal('payment.provider-unavailable', 'unavailable', `the payment provider gave no answer: ${reason}`, details);

export const requestChanged = (id: string): Refusal =>
  new Refusal('payment.request-changed', 'conflict', `the payment provider knows ${id} with other figures`, { id });

export const callbackUnsigned = (): Refusal =>
  new Refusal('payment.callback-unsigned', 'unauthenticated', 'the callback does not carry the signature of its body');

export const callbackExpired = (): Refusal =>
  new Refusal('payment.callback-expired', 'unauthenticated', 'the callback was signed too long ago, or in the future');

export const callbackMalformed = (reason: string): Refusal =>
  new Refusal('payment.callback-malformed', 'invalid', `the callback cannot be read: ${reason}`);

export const notRepresentable = ({ amount, currency }: Money): Refusal =>
  new Refusal('payment.amount-not-representable', 'invalid', `no payment can be of exactly ${canonical(amount)} ${currency}`, { amount, currency });
