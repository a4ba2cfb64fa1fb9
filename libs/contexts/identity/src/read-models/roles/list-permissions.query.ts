import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { allPermissions, permissionCatalogue } from '../../contract/permissions.js';

class PermissionView {
  @ApiProperty({ example: 'orders:read:own' })
  name: string;

  @ApiProperty({ example: 'Read one’s own orders' })
  description: string;
}

class PermissionListView {
  @ApiProperty({ type: [PermissionView] })
  items: readonly PermissionView[];
}

@ApiTags('roles')
@Controller('api/v1/admin/permissions')
export class ListPermissionsRoute {
  @Get()
  @ApiOperation({ description: 'Everything that a role can hold. The list is part of this release: nobody adds to it.' })
  @RequirePermission('roles:read')
  @ApiOkResponse({ type: PermissionListView })
  list(): PermissionListView {
    return { items: allPermissions.map((name) => ({ name, description: permissionCatalogue[name]!.description })) };
  }
}
