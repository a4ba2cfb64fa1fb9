import { Injectable } from '@nestjs/common';
import type { Decided } from '@kernel/ports/aggregates.js';
import type { StreamAppend } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import type { UserEvent } from '../contract/events.js';
import { ADMIN, type Role } from '../contract/roles.js';
import type { User } from '../domain/user.js';
import { revoke } from './revocation.js';
import { Roles } from './roles.js';
import { Users } from './users.js';

/** The rules beyond the user itself for giving and taking roles. */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
  ) {}

  /**
   * What must hold, and be stored, together with roles that are given or taken; `by` is null for the shop itself.
   * @throws Refusal `identity.role-unknown`, `identity.privilege-escalation`, `identity.last-administrator`
   */
  async beside(userId: string, { state, version, events }: Decided<User, UserEvent>, by: Principal | null): Promise<StreamAppend[]> {
    const granted = rolesIn(events, 'identity.RolesGranted');
    const revoked = rolesIn(events, 'identity.RolesRevoked');
    if (granted.length + revoked.length === 0) return [];
    const others = await this.roles.unchanged(granted);
    await this.roles.ensureMay(by, 'users:manage', [...granted, ...revoked]);
    if (revoked.includes(ADMIN) && state.status === 'active') others.push(await this.users.anotherAdministrator(userId));
    // What was given shows at the next refresh of the token; what was taken must not wait for it.
    if (revoked.length > 0)
      others.push({ stream: this.users.repository.stream(userId), expectedVersion: version, events: [], inline: [revoke(`user:${userId}`)] });
    return others;
  }
}

const rolesIn = (events: readonly UserEvent[], type: 'identity.RolesGranted' | 'identity.RolesRevoked'): Role[] =>
  events.flatMap((event) => (event.type === type ? event.data.roles : []));
