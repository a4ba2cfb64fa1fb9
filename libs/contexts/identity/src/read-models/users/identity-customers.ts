import { Injectable } from '@nestjs/common';
import { GatheredLookup } from '@kernel/gathered-lookup.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Customers, type KnownCustomer } from '../../contract/customers.js';
import { UUID } from './user.view.js';

const FIND = { name: 'find-customers', text: `select id, status = 'active' as active from identity.users where id = any($1::uuid[])` };

/** Answers the other contexts in-process, from identity's own table. */
@Injectable()
export class IdentityCustomers extends Customers {
  private readonly lookup: GatheredLookup<string, KnownCustomer>;

  constructor(reads: TransactionalReads) {
    super();
    this.lookup = new GatheredLookup(async (ids) => {
      const rows = await reads.query<{ id: string; active: boolean }>('identity', FIND, [ids]);
      return new Map(rows.map((row) => [row.id, row]));
    });
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, KnownCustomer>> {
    // No user has another kind of id, and Postgres would refuse the whole question for it.
    const possible = ids.filter((id) => UUID.test(id));
    return possible.length === 0 ? new Map() : this.lookup.find(possible);
  }
}
