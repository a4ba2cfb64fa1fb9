/** Who is asking, as the access token says. */
export interface Principal {
  readonly id: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** The session that the token belongs to; empty for what acts without having signed in. */
  readonly sessionId: string;
}
