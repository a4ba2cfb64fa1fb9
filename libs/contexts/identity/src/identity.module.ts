import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { FirstAdministrator } from './commands/first-administrator.js';
import { DeactivateUserHandler, DeactivateUserRoute } from './commands/deactivate-user.js';
import { GrantRolesHandler, GrantRolesRoute } from './commands/grant-roles.js';
import { LogInHandler, LogInRoute } from './commands/log-in.js';
import { ReactivateUserHandler, ReactivateUserRoute } from './commands/reactivate-user.js';
import { RegisterHandler, RegisterRoute } from './commands/register.js';
import { Users } from './commands/users.js';
import { Customers } from './contract/customers.js';
import { IdentityCustomers } from './read-models/users/identity-customers.js';
import { GetMeRoute } from './read-models/users/get-me.query.js';

/**
 * Who may sign in, and as what. Global for its `Customers` port, which other contexts in this process ask. Needs `AuthModule`, the event
 * store's `Aggregates`, and `PersonalData`.
 */
@Global()
@Module({
  imports: [CqrsModule],
  controllers: [RegisterRoute, LogInRoute, GrantRolesRoute, DeactivateUserRoute, ReactivateUserRoute, GetMeRoute],
  providers: [
    Users,
    RegisterHandler,
    LogInHandler,
    GrantRolesHandler,
    DeactivateUserHandler,
    ReactivateUserHandler,
    FirstAdministrator,
    { provide: Customers, useClass: IdentityCustomers },
  ],
  exports: [FirstAdministrator, Customers],
})
export class IdentityModule {}
