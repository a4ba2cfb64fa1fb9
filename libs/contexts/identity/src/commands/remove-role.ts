import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiForbiddenResponse, ApiNoContentResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { UniqueViolation, type CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { ensure } from '@kernel/refusal.js';
import { Roles } from './roles.js';

export class RemoveRole {
  constructor(
    readonly role: string,
    readonly by: Principal,
  ) {}
}

@CommandHandler(RemoveRole)
export class RemoveRoleHandler implements ICommandHandler<RemoveRole> {
  constructor(private readonly roles: Roles) {}

  async execute({ role, by }: RemoveRole): Promise<CommandOutcome> {
    const held = await this.roles.ensureMay(by, 'roles:manage', []);
    try {
      return await this.roles.repository.execute(
        role,
        { type: 'RemoveRole', data: { role, held } },
        () => ({ status: 204, body: null }),
        async () => {
          await this.mustBeFree(role);
          return [];
        },
      );
    } catch (error) {
      // Somebody was given it between the count and the removal.
      if (error instanceof UniqueViolation && error.constraint === 'role_not_held') await this.mustBeFree(role);
      throw error;
    }
  }

  private async mustBeFree(role: string): Promise<void> {
    const users = await this.roles.holders(role);
    ensure(users === 0, 'identity.role-in-use', `${users} users have the role ${role}: take it from them first`, { role, users });
  }
}

@ApiTags('roles')
@Controller('api/v1/admin/roles')
export class RemoveRoleRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':name')
  @ApiOperation({ description: 'Removes a role that nobody has. Built-in ones stay.' })
  @HttpCode(204)
  @CommandRoute('identity')
  @RequirePermission('roles:manage')
  @ApiNoContentResponse()
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiNotFoundResponse({ description: 'identity.role-not-found' })
  @ApiConflictResponse({ description: 'identity.role-in-use, with how many `users` have it; identity.role-built-in, identity.role-fixed' })
  remove(@Param('name') name: string, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new RemoveRole(name, principal));
  }
}
