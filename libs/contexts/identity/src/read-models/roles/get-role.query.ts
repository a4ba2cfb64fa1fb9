import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Refusal } from '@kernel/refusal.js';
import { definitionOf, isBuiltIn, type RoleDefinition } from '../../contract/roles.js';
import { RoleView } from './role.view.js';

export class RoleDetailView extends RoleView {
  @ApiProperty({ description: 'How many users have it' })
  users: number;
}

interface FoundRow {
  readonly users: number;
  readonly definition: (RoleDefinition & { readonly version: number }) | null;
}

const ROLE = {
  name: 'get-role',
  text: `select (select count(*) from identity.users where roles @> array[$1])::int as users,
                (select to_jsonb(r) from identity.roles r where name = $1 and not removed) as definition`,
};

@ApiTags('roles')
@Controller('api/v1/admin/roles')
export class GetRoleRoute {
  constructor(private readonly reads: TransactionalReads) {}

  @Get(':name')
  @ApiOperation({ description: 'A role, with how many users have it. The ETag holds the version that a change may name in If-Match.' })
  @CurrentRead()
  @RequirePermission('roles:read')
  @ApiOkResponse({ type: RoleDetailView })
  @ApiNotFoundResponse({ description: 'identity.role-not-found' })
  async one(
    @Param('name') name: string,
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ): Promise<RoleDetailView> {
    const [found] = await this.reads.query<FoundRow>('identity', ROLE, [name]);
    const { users, definition } = found!;
    const role = definitionOf(name, new Map(definition ? [[name, definition]] : []));
    if (!role) throw new Refusal('identity.role-not-found', 'not-found', `There is no role ${name}`, { role: name });
    const version = definition?.version ?? 0;
    reply.header('etag', `"${version}"`);
    return { name, permissions: role.permissions, description: role.description, builtIn: isBuiltIn(name), version, users };
  }
}
