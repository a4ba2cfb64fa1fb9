/** What an access token says of itself, as far as it can be taken back. */
export interface RevocableToken {
  readonly sessionId: string;
  readonly userId: string;
  /** A role that lost a permission takes back the tokens of everybody who has it. */
  readonly roles?: readonly string[];
  /** When it was signed, milliseconds since 1970. */
  readonly issuedAt: number;
}

/** Which access tokens no longer count although they have not expired: their session ended, or something about their user changed since. */
export abstract class Revocations {
  /** From memory, so that asking for every request costs nothing; what was revoked elsewhere shows within about a second. */
  abstract isRevoked(token: RevocableToken): boolean;
}
