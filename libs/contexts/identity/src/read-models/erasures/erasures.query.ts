import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { isInstant } from '@adapters/runtime/src/http/instant.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Refusal } from '@kernel/refusal.js';
import { ERASURE_COLUMNS, ErasureView, toErasureView, type Erasure } from '../../erasure.js';

export class ErasurePageView {
  @ApiProperty({ type: [ErasureView] })
  items: readonly ErasureView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

export class ListErasures {
  constructor(readonly asked: PageQuery) {}
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ONE = { name: 'erasure', text: `select ${ERASURE_COLUMNS} from identity.erasures where id = $1` };
const FIRST_PAGE = { name: 'erasures', text: `select ${ERASURE_COLUMNS} from identity.erasures order by erased_at desc, id desc limit $1` };
const NEXT_PAGE = {
  name: 'erasures-after',
  text: `select ${ERASURE_COLUMNS} from identity.erasures
         where (erased_at, id) < ($2::timestamptz, $3::uuid) order by erased_at desc, id desc limit $1`,
};

@QueryHandler(ListErasures)
export class ListErasuresHandler implements IQueryHandler<ListErasures, ErasurePageView> {
  constructor(private readonly reads: TransactionalReads) {}

  async execute({ asked: { limit, cursor } }: ListErasures): Promise<ErasurePageView> {
    const after = cursor === undefined ? [] : placeOf(cursor);
    const rows = await this.reads.list<Erasure>('identity', after.length === 0 ? FIRST_PAGE : NEXT_PAGE, [limit + 1, ...after]);
    return page(rows, limit, (row) => [row.erasedAt, row.id], toErasureView);
  }
}

/** @throws Refusal `request.invalid` for a cursor that no page answered */
function placeOf(cursor: string): string[] {
  const place = decodeCursor(cursor, 2);
  return isInstant(place[0]) && UUID.test(place[1] ?? '') ? place : decodeCursor('', 2);
}

export class GetErasure {
  constructor(readonly id: string) {}
}

@QueryHandler(GetErasure)
export class GetErasureHandler implements IQueryHandler<GetErasure, ErasureView> {
  constructor(private readonly reads: TransactionalReads) {}

  async execute({ id }: GetErasure): Promise<ErasureView> {
    const [erasure] = UUID.test(id) ? await this.reads.query<Erasure>('identity', ONE, [id]) : [];
    if (!erasure) throw new Refusal('identity.erasure-not-found', 'not-found', 'There is no such erasure');
    return toErasureView(erasure);
  }
}

@ApiTags('users')
@Controller('api/v1/admin/erasures')
export class ErasuresRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    operationId: 'listErasures',
    description: 'The receipts, newest first: also the list by which erasures are done again over a backup of before.',
  })
  @CurrentRead()
  @RequirePermission('users:erase')
  @ApiOkResponse({ type: ErasurePageView })
  list(@Query() query: PageQuery): Promise<ErasurePageView> {
    return this.queries.execute(new ListErasures(query));
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getErasure', description: 'The receipt of one erasure.' })
  @CurrentRead()
  @RequirePermission('users:erase')
  @ApiOkResponse({ type: ErasureView })
  @ApiNotFoundResponse({ description: 'identity.erasure-not-found' })
  one(@Param('id') id: string): Promise<ErasureView> {
    return this.queries.execute(new GetErasure(id));
  }
}
