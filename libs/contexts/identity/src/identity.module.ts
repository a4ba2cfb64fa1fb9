import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { Accounts } from './commands/accounts.js';
import { ChangePasswordHandler, ChangePasswordRoute } from './commands/change-password.js';
import { ChangeProfileHandler, ChangeProfileRoute } from './commands/change-profile.js';
import { EndOtherSessionsHandler, EndSessionHandler, EndSessionsRoute } from './commands/end-sessions.js';
import { OwnPassword } from './commands/own-password.js';
import { RefreshSessionHandler, RefreshSessionRoute } from './commands/refresh-session.js';
import { RotateSigningKeysHandler, RotateSigningKeysRoute } from './commands/rotate-signing-keys.js';
import { Sessions } from './commands/sessions.js';
import { SigningIn } from './commands/signed-in.js';
import { FirstAdministrator } from './commands/first-administrator.js';
import { DeactivateUserHandler, DeactivateUserRoute } from './commands/deactivate-user.js';
import { DefineRoleHandler, DefineRoleRoute } from './commands/define-role.js';
import { EraseMeHandler, EraseMeRoute } from './commands/erase-me.js';
import { EraseUserHandler, EraseUserRoute } from './commands/erase-user.js';
import { Erasures } from './commands/erasures.js';
import { GrantRolesHandler, GrantRolesRoute } from './commands/grant-roles.js';
import { LogInHandler, LogInRoute } from './commands/log-in.js';
import { LookUpUserRoute } from './commands/look-up-user.js';
import { PendingErasures } from './commands/pending-erasures.js';
import { ReactivateUserHandler, ReactivateUserRoute } from './commands/reactivate-user.js';
import { RegisterHandler, RegisterRoute } from './commands/register.js';
import { RemoveRoleHandler, RemoveRoleRoute } from './commands/remove-role.js';
import { ReplaceRolesHandler, ReplaceRolesRoute } from './commands/replace-roles.js';
import { RoleAssignment } from './commands/role-assignment.js';
import { Roles } from './commands/roles.js';
import { Users } from './commands/users.js';
import { Customers } from './contract/customers.js';
import { ErasuresRoute, GetErasureHandler, ListErasuresHandler } from './read-models/erasures/erasures.query.js';
import { ExportSubjectDataRoute, SubjectDataExport } from './read-models/subject-data/export-subject-data.query.js';
import { IdentitySubjectData } from './read-models/subject-data/identity-subject-data.js';
import { ListSessionsRoute } from './read-models/sessions/list-sessions.query.js';
import { GetSigningKeysRoute } from './read-models/signing-keys/get-signing-keys.query.js';
import { IdentityCustomers } from './read-models/users/identity-customers.js';
import { GetRoleRoute } from './read-models/roles/get-role.query.js';
import { ListPermissionsRoute } from './read-models/roles/list-permissions.query.js';
import { ListRolesRoute } from './read-models/roles/list-roles.query.js';
import { GetMeRoute } from './read-models/users/get-me.query.js';
import { GetUserRoute } from './read-models/users/get-user.query.js';
import { ListUsersHandler, ListUsersRoute } from './read-models/users/list-users.query.js';
import { RecordedOperations } from './recorded-operations.js';
import { SubjectDataExports } from './subject-data-exports.js';
import { UserPrivilege } from './user-privilege.js';

/**
 * Who may sign in, and as what. Global for its `Customers` port, which other contexts in this process ask, and its `OperationsLog`. Needs `AuthModule`, the event
 * store's `Aggregates`, and `PersonalData`.
 */
@Global()
@Module({
  imports: [CqrsModule, DiscoveryModule],
  controllers: [
    DefineRoleRoute,
    RemoveRoleRoute,
    ReplaceRolesRoute,
    LookUpUserRoute,
    GetRoleRoute,
    ListPermissionsRoute,
    ListRolesRoute,
    GetUserRoute,
    ListUsersRoute,
    RegisterRoute,
    LogInRoute,
    RefreshSessionRoute,
    EndSessionsRoute,
    ChangePasswordRoute,
    ChangeProfileRoute,
    ListSessionsRoute,
    GetSigningKeysRoute,
    RotateSigningKeysRoute,
    GrantRolesRoute,
    DeactivateUserRoute,
    ReactivateUserRoute,
    GetMeRoute,
    EraseMeRoute,
    EraseUserRoute,
    ErasuresRoute,
    ExportSubjectDataRoute,
  ],
  providers: [
    Users,
    Roles,
    RoleAssignment,
    UserPrivilege,
    DefineRoleHandler,
    RemoveRoleHandler,
    ReplaceRolesHandler,
    ListUsersHandler,
    RegisterHandler,
    LogInHandler,
    Accounts,
    OwnPassword,
    Sessions,
    SigningIn,
    RefreshSessionHandler,
    EndSessionHandler,
    EndOtherSessionsHandler,
    ChangePasswordHandler,
    ChangeProfileHandler,
    RotateSigningKeysHandler,
    GrantRolesHandler,
    DeactivateUserHandler,
    ReactivateUserHandler,
    FirstAdministrator,
    Erasures,
    PendingErasures,
    EraseUserHandler,
    EraseMeHandler,
    ListErasuresHandler,
    GetErasureHandler,
    SubjectDataExport,
    SubjectDataExports,
    IdentitySubjectData,
    { provide: Customers, useClass: IdentityCustomers },
    { provide: OperationsLog, useClass: RecordedOperations },
  ],
  exports: [FirstAdministrator, Customers, OperationsLog],
})
export class IdentityModule {}
