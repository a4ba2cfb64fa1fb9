import { Injectable } from '@nestjs/common';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import type { InlineRow, StreamAppend } from '@kernel/ports/event-store.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { ensureValid } from '@kernel/refusal.js';
import type { RoleEvent } from '../contract/role-events.js';
import { definitionOf, permissionsIn, type DefinedRoles, type Role, type RoleDefinition } from '../contract/roles.js';
import { ensureHolds, type Held } from '../domain/privilege.js';
import { role, type RoleCommand, type RoleState } from '../domain/role.js';

interface RoleRow extends RoleDefinition {
  readonly name: Role;
  readonly version: number;
}

const DEFINED = { name: 'defined-roles', text: `select name, permissions, description, version from identity.roles where not removed` };

const ACTIVE_ROLES = { name: 'active-roles', text: `select roles from identity.users where id = $1 and status = 'active'` };

const HOLDERS = { name: 'role-holders', text: `select count(*)::int as users from identity.users where roles @> array[$1]` };

/** The roles of this shop, and what they let somebody do. */
@Injectable()
export class Roles {
  readonly repository: Repository<RoleState, RoleCommand, RoleEvent>;

  constructor(
    aggregates: Aggregates,
    private readonly reads: TransactionalReads,
  ) {
    this.repository = aggregates.of('identity', { decider: role, stream: (name) => `role-${name}`, inline: roleRows });
  }

  /**
   * The permissions of several roles together as they are now, each once, sorted. Asked of the database each time, a handful of rows: a token
   * signed from a copy of a second ago could outlive the taking back of what it says.
   */
  async permissionsOf(roles: readonly Role[]): Promise<string[]> {
    return permissionsIn(roles, await this.defined());
  }

  /** What a principal may still do: by the token, and by the roles that the account has now. A token outlives its roles by a moment. */
  async heldBy({ id, permissions }: Principal): Promise<string[]> {
    const [account] = await this.reads.query<{ roles: Role[] }>('identity', ACTIVE_ROLES, [id]);
    const current = new Set(await this.permissionsOf(account?.roles ?? []));
    return permissions.filter((permission) => current.has(permission));
  }

  /**
   * That whoever asks may still do what the token said, and that to somebody who has these roles; `by` is null for the shop itself.
   * @returns all that they hold
   * @throws Refusal `identity.privilege-escalation` naming the permissions
   */
  async ensureMay(by: Principal | null, permission: string, to: readonly Role[]): Promise<Held> {
    if (!by) return null;
    const held = await this.heldBy(by);
    ensureHolds(held, [permission, ...(await this.permissionsOf(to))]);
    return held;
  }

  /**
   * That these roles are there, and stay as they are until the rest is stored: nobody is given what is removed or widened meanwhile.
   * @throws Refusal `identity.role-unknown` naming those that there are not
   */
  async unchanged(roles: readonly Role[]): Promise<StreamAppend[]> {
    const rows = await this.rows();
    const defined = toDefined(rows);
    const unknown = roles.filter((name) => !definitionOf(name, defined));
    ensureValid(unknown.length === 0, 'identity.role-unknown', `There is no role ${unknown.join(', ')}: see GET /api/v1/admin/roles`, {
      roles: unknown,
    });
    return rows
      .filter(({ name }) => roles.includes(name))
      .map(({ name, version }) => ({ stream: this.repository.stream(name), expectedVersion: version, events: [], guard: true }));
  }

  /** How many users have a role. */
  async holders(name: Role): Promise<number> {
    const [count] = await this.reads.query<{ users: number }>('identity', HOLDERS, [name]);
    return count!.users;
  }

  private async defined(): Promise<DefinedRoles> {
    return toDefined(await this.rows());
  }

  private rows(): Promise<RoleRow[]> {
    return this.reads.query<RoleRow>('identity', DEFINED, []);
  }
}

const toDefined = (rows: readonly RoleRow[]): DefinedRoles => new Map(rows.map((row) => [row.name, row]));

function roleRows(name: string, state: RoleState, version: number): InlineRow[] {
  if (state.status === 'undefined') return [];
  const { permissions, description } = state.status === 'defined' ? state : { permissions: [], description: '' };
  return [{ table: 'roles', key: 'name', row: { name, permissions, description, removed: state.status === 'removed', version } }];
}
