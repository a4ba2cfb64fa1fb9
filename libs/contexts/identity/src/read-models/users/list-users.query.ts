import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { isInstant } from '@adapters/runtime/src/http/instant.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { personOf, userEvents } from './account.js';
import { registeredAt, toUserView, USER_COLUMNS, USER_STATUSES, UserPageView, UUID, type UserRow } from './user.view.js';

export class ListUsersQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only those who have this role', example: 'analyst' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  role?: string;

  @ApiPropertyOptional({ enum: USER_STATUSES })
  @IsOptional()
  @IsIn(USER_STATUSES)
  status?: string;
}

export class ListUsers {
  constructor(readonly asked: ListUsersQuery) {}
}

@QueryHandler(ListUsers)
export class ListUsersHandler implements IQueryHandler<ListUsers, UserPageView> {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
  ) {}

  async execute({ asked }: ListUsers): Promise<UserPageView> {
    const { name, text, values } = listStatement(asked);
    const rows = await this.reads.list<UserRow>('identity', { name, text }, values);
    const found = page(
      rows,
      asked.limit,
      (row) => [registeredAt(row), row.id],
      (row) => row,
    );
    return { ...found, items: await this.withPersons(found.items) };
  }

  private async withPersons(rows: readonly UserRow[]) {
    const streams = await this.stores.store('identity').readMany(rows.map(({ id }) => `user-${id}`));
    return Promise.all(rows.map(async (row) => toUserView(row, await personOf(userEvents(streams.get(`user-${row.id}`) ?? []), this.personalData))));
  }
}

@ApiTags('users')
@Controller('api/v1/users')
export class ListUsersRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    description:
      'Newest first, and stable under inserts. An email is found by `POST /api/v1/users/lookup`, whole: nobody can search for a part of one.',
  })
  @CurrentRead()
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: UserPageView })
  list(@Query() query: ListUsersQuery): Promise<UserPageView> {
    return this.queries.execute(new ListUsers(query));
  }
}

/** One text for each set of filters, so that each is planned for the index that serves it. */
function listStatement({ role, status, limit, cursor }: ListUsersQuery) {
  const values: unknown[] = [limit + 1];
  const conditions = new Map<string, string>();
  const bind = (value: unknown): string => `$${values.push(value)}`;
  if (role !== undefined) conditions.set('role', `roles @> array[${bind(role)}]`);
  if (status !== undefined) conditions.set('status', `status = ${bind(status)}`);
  if (cursor !== undefined) {
    const [before, id] = decodeCursor(cursor, 2);
    if (!isInstant(before) || !UUID.test(id!)) decodeCursor('', 2);
    conditions.set('cursor', `(registered_at, id) < (${bind(before)}::timestamptz, ${bind(id)}::uuid)`);
  }
  const where = conditions.size > 0 ? `where ${[...conditions.values()].join(' and ')}` : '';
  const text = `select ${USER_COLUMNS} from identity.users ${where} order by registered_at desc, id desc limit $1`;
  return { name: `list-users:${[...conditions.keys()].join('+')}`, text, values };
}
