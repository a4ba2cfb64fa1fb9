import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Refusal } from '@kernel/refusal.js';
import { personOf, userEvents } from './account.js';
import { toUserView, USER_COLUMNS, UserView, UUID, type UserRow } from './user.view.js';

const USER = { name: 'get-user', text: `select ${USER_COLUMNS} from identity.users where id = $1` };

@ApiTags('users')
@Controller('api/v1/users')
export class GetUserRoute {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
  ) {}

  @Get(':id')
  @ApiOperation({ description: 'An account, whoever’s it is. The ETag holds the version that a command may name in If-Match.' })
  @CurrentRead()
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserView })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  async one(@Param('id') id: string, @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): Promise<UserView> {
    // Another kind of id is nobody's, and Postgres would refuse the question for it.
    const [row] = UUID.test(id) ? await this.reads.query<UserRow>('identity', USER, [id]) : [];
    if (!row) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    const events = userEvents(await this.stores.store('identity').read(`user-${id}`));
    reply.header('etag', `"${row.version}"`);
    return toUserView(row, await personOf(events, this.personalData));
  }
}
