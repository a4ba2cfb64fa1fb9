import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityEvents, type UserEvent, type UserRegistered } from '../../contract/events.js';
import { roleSchema } from '../../contract/roles.js';

export class MeView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased' })
  name: string | null;

  @ApiProperty({ enum: roleSchema.options, isArray: true, description: 'As they are now; the access token has those of the sign-in' })
  roles: string[];

  @ApiProperty({ enum: ['active', 'deactivated'], description: 'As it is now; an access token outlives a deactivation by minutes' })
  status: string;
}

const registry = new SchemaRegistry(identityEvents);

@ApiTags('users')
@Controller('api/v1/users')
export class GetMeRoute {
  constructor(
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
  ) {}

  @Get('me')
  @CurrentRead()
  @RequirePermission('users:read:own')
  @ApiOkResponse({ type: MeView })
  async me(@CurrentPrincipal() { id }: Principal): Promise<MeView> {
    const events = await this.events(id);
    const registered = events.find((event): event is UserRegistered => event.type === 'identity.UserRegistered');
    if (!registered) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    const [email, name] = await Promise.all([this.personalData.open(registered.data.email), this.personalData.open(registered.data.name)]);
    return { id, email, name, roles: rolesOf(events), status: statusOf(events) };
  }

  private async events(id: string): Promise<UserEvent[]> {
    const stored = await this.stores.store('identity').read(`user-${id}`);
    return stored.map(({ type, version, data }) => ({ type, version, data: registry.upcast(type, version, JSON.parse(data)) }) as UserEvent);
  }
}

const rolesOf = (events: readonly UserEvent[]): string[] => [...new Set(events.flatMap(({ data }) => ('roles' in data ? data.roles : [])))];

const statusOf = (events: readonly UserEvent[]): string => {
  const last = events.findLast(({ type }) => type === 'identity.UserDeactivated' || type === 'identity.UserReactivated');
  return last?.type === 'identity.UserDeactivated' ? 'deactivated' : 'active';
};
