import { createHmac, timingSafeEqual } from 'node:crypto';
import { callbackExpired, callbackUnsigned } from '../refusals.js';

export const SIGNATURE_HEADER = 'nebulocart-signature';
/** How far a callback's own time may be from ours: what is older may be a replay. */
const TOLERANCE_SECONDS = 300;
/** Anchored, so that no second time or signature can stand beside the one that was verified. */
const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

const digest = (secret: string, body: string, at: number): Buffer => createHmac('sha256', secret).update(`${at}.${body}`).digest();

/** The header that signs a body at a time, in seconds since 1970. */
export const signature = (secret: string, body: string, at: number): string => `t=${at},v1=${digest(secret, body, at).toString('hex')}`;

/** @throws Refusal `payment.callback-unsigned`, or `payment.callback-expired` for one that was signed well, but not about now */
export function verify(secret: string, body: string, header: string | undefined, now: Date): void {
  const [, at, claimed] = HEADER.exec(header ?? '') ?? [];
  if (at === undefined || claimed === undefined) throw callbackUnsigned();
  if (!timingSafeEqual(Buffer.from(claimed, 'hex'), digest(secret, body, Number(at)))) throw callbackUnsigned();
  if (Math.abs(now.getTime() / 1_000 - Number(at)) > TOLERANCE_SECONDS) throw callbackExpired();
}
