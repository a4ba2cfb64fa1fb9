import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { Cache } from '@kernel/ports/cache.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { personOf, userEvents } from './account.js';
import { PROFILE_SECONDS, profileKey } from './profile-cache.js';
import { USER_COLUMNS, USER_STATUSES, type UserRow } from './user.view.js';

export class MeView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased' })
  name: string | null;

  @ApiProperty({ type: [String], description: 'As they are now; the access token has those of the last sign-in or refresh' })
  roles: string[];

  @ApiProperty({ enum: USER_STATUSES, description: 'As it is now' })
  status: string;
}

const ME = { name: 'get-me', text: `select ${USER_COLUMNS} from identity.users where id = $1` };

@ApiTags('users')
@Controller('api/v1/users')
export class GetMeRoute {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
    private readonly cache: Cache,
  ) {}

  @Get('me')
  @ApiOperation({ summary: 'Get my account', description: 'The ETag is the version that a change may name in If-Match.' })
  @CurrentRead()
  @RequirePermission('users:read:own')
  @ApiOkResponse({ type: MeView })
  async me(
    @CurrentPrincipal() { id }: Principal,
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ): Promise<MeView> {
    const { version, roles, status, events } = await this.cache.get(profileKey(id), PROFILE_SECONDS, () => this.profile(id));
    // Opened at each read: whoever was erased since has no key any more.
    const person = await personOf(events, this.personalData);
    reply.header('etag', `"${version}"`);
    return { id, ...person, roles: [...roles], status };
  }

  /** All personal data in it is sealed, as the events have it. */
  private async profile(id: string) {
    const [row] = await this.reads.query<UserRow>('identity', ME, [id]);
    if (!row) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    const { version, roles, status } = row;
    return { version, roles, status, events: userEvents(await this.stores.store('identity').read(`user-${id}`)) };
  }
}
