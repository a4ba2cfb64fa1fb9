/** Who is asking, as the access token says. */
export interface Principal {
  readonly id: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}
