import { Injectable } from '@nestjs/common';
import { Roles } from './commands/roles.js';
import { Users } from './commands/users.js';
import { ensureHolds, type Held } from './domain/privilege.js';

/** What it takes to do something to somebody else: to hold all that they hold. */
@Injectable()
export class UserPrivilege {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
  ) {}

  /** Says nothing against a user whom there is not. @throws Refusal `identity.privilege-escalation` naming the permissions */
  async ensureOver(userId: string, held: Held): Promise<void> {
    const { state } = await this.users.repository.load(userId);
    if (state.status !== 'none') ensureHolds(held, await this.roles.permissionsOf(state.roles));
  }
}
