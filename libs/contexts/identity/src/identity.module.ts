import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { FirstAdministrator } from './commands/first-administrator.js';
import { GrantRolesHandler, GrantRolesRoute } from './commands/grant-roles.js';
import { LogInHandler, LogInRoute } from './commands/log-in.js';
import { RegisterHandler, RegisterRoute } from './commands/register.js';
import { Users } from './commands/users.js';
import { GetMeRoute } from './read-models/users/get-me.query.js';

/** Who may sign in, and as what. Needs `AuthModule`, the event store's `Aggregates`, and `PersonalData`. */
@Module({
  imports: [CqrsModule],
  controllers: [RegisterRoute, LogInRoute, GrantRolesRoute, GetMeRoute],
  providers: [Users, RegisterHandler, LogInHandler, GrantRolesHandler, FirstAdministrator],
  exports: [FirstAdministrator],
})
export class IdentityModule {}
