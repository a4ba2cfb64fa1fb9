/** What other contexts may know of a customer: no name, no address. */
export interface KnownCustomer {
  readonly id: string;
  /** False for one who is deactivated. */
  readonly active: boolean;
}

/** Port by which other contexts ask identity. */
export abstract class Customers {
  /** The users with these ids as they are now; absent ones have no entry. */
  abstract find(ids: readonly string[]): Promise<ReadonlyMap<string, KnownCustomer>>;
}
