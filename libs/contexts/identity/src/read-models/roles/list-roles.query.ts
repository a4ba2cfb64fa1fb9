import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { builtInRoles, definitionOf, isBuiltIn, type RoleDefinition } from '../../contract/roles.js';
import { RoleView } from './role.view.js';

class RoleListView {
  @ApiProperty({ type: [RoleView] })
  items: readonly RoleView[];
}

interface RoleRow extends RoleDefinition {
  readonly name: string;
  readonly version: number;
}

const ROLES = { name: 'list-roles', text: `select name, permissions, description, version from identity.roles where not removed` };

@ApiTags('roles')
@Controller('api/v1/admin/roles')
export class ListRolesRoute {
  constructor(private readonly reads: TransactionalReads) {}

  @Get()
  @ApiOperation({ description: 'Every role that there is, by name; there are as many as people made, so they come in one page.' })
  @CurrentRead()
  @RequirePermission('roles:read')
  @ApiOkResponse({ type: RoleListView })
  async list(): Promise<RoleListView> {
    const rows = await this.reads.query<RoleRow>('identity', ROLES, []);
    const defined = new Map(rows.map((row) => [row.name, row]));
    const names = [...new Set([...Object.keys(builtInRoles), ...defined.keys()])].sort();
    const items = names.map((name) => {
      const { permissions, description } = definitionOf(name, defined)!;
      return { name, permissions, description, builtIn: isBuiltIn(name), version: defined.get(name)?.version ?? 0 };
    });
    return { items };
  }
}
