import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { Customers, type KnownCustomer } from '@contexts/identity/src/contract/customers.js';
import { GatheredLookup } from '@kernel/gathered-lookup.js';

const FIND = 'identity.find-customers';

/** Identity in another process. Nothing is kept: whoever was deactivated a moment ago buys nothing. */
export class RemoteCustomers extends Customers {
  private readonly lookup: GatheredLookup<string, KnownCustomer>;

  constructor(identity: RpcClient) {
    super();
    this.lookup = new GatheredLookup(async (ids) => {
      const found = await identity.call<KnownCustomer[]>(FIND, { ids });
      return new Map(found.map((customer) => [customer.id, customer]));
    });
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, KnownCustomer>> {
    return this.lookup.find(ids);
  }
}

export const serveCustomers = (server: RpcServer, customers: Customers): void =>
  server.answer<{ ids: string[] }>(FIND, async ({ ids }) => [...(await customers.find(ids)).values()]);
