import { Injectable } from '@nestjs/common';
import type { Principal } from '@kernel/principal.js';
import { Roles } from './commands/roles.js';
import { Users } from './commands/users.js';

/** What it takes to read of somebody else what only they should know: to hold all that they hold. */
@Injectable()
export class UserPrivilege {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
  ) {}

  /** Says nothing against a user whom there is not. @throws Refusal `identity.privilege-escalation` naming the permissions */
  async ensureOver(userId: string, by: Principal, permission: string): Promise<void> {
    const { state } = await this.users.repository.load(userId);
    await this.roles.ensureMay(by, permission, state.status === 'none' ? [] : state.roles);
  }
}
