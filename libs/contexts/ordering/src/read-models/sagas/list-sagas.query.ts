import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { isInstant } from '@adapters/runtime/src/http/instant.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { Sagas, type SagaFilter, type SagaSummary } from '@kernel/ports/sagas.js';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { SAGA_STATUSES, SagaPageView } from '../../saga.view.js';

export class ListSagasQuery extends PageQuery {
  @ApiPropertyOptional({ enum: SAGA_STATUSES })
  @IsOptional()
  @IsIn(SAGA_STATUSES)
  status?: SagaSummary['status'];

  @ApiPropertyOptional({ example: 'fulfilment' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  saga?: string;

  @ApiPropertyOptional({ description: "A saga's own id" })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  id?: string;

  @ApiPropertyOptional({ description: 'The fulfilment of this order. Its returns are sagas of their own, known by the ids of the returns' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  orderId?: string;

  @ApiPropertyOptional({
    minimum: 0,
    description:
      'Only those that are stuck: what waits for an operator whatever the number, what is merely slow where it has not moved for so many seconds',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  stuckFor?: number;
}

export class ListSagas {
  constructor(readonly asked: ListSagasQuery) {}
}

@QueryHandler(ListSagas)
export class ListSagasHandler implements IQueryHandler<ListSagas, SagaPageView> {
  constructor(private readonly sagas: Sagas) {}

  async execute({ asked }: ListSagas): Promise<SagaPageView> {
    if (contradicts(asked)) return { items: [] };
    // One more than asked for tells whether there is a next page.
    const rows = await this.sagas.list({ ...filterOf(asked), limit: asked.limit + 1 });
    return page(
      rows,
      asked.limit,
      ({ startedAt, saga, id }) => [startedAt, saga, id],
      (row) => row,
    );
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/sagas')
export class ListSagasRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ description: 'Workflows, the last started first.' })
  @RequirePermission('sagas:read')
  @ApiOkResponse({ type: SagaPageView })
  list(@Query() query: ListSagasQuery): Promise<SagaPageView> {
    return this.queries.execute(new ListSagas(query));
  }
}

const FULFILMENT = 'fulfilment';

/** An order's id is that of its fulfilment and of no other saga. */
const contradicts = ({ orderId, saga, id }: ListSagasQuery): boolean =>
  orderId !== undefined && ((saga !== undefined && saga !== FULFILMENT) || (id !== undefined && id !== orderId));

function filterOf({ status, saga, id, orderId, stuckFor, cursor }: ListSagasQuery): Omit<SagaFilter, 'limit'> {
  return {
    ...(status !== undefined && { status }),
    ...(saga !== undefined && { saga }),
    ...(id !== undefined && { id }),
    ...(orderId !== undefined && { saga: FULFILMENT, id: orderId }),
    ...(stuckFor !== undefined && { stuckForSeconds: stuckFor }),
    ...(cursor !== undefined && { after: placeOf(cursor) }),
  };
}

function placeOf(cursor: string): [string, string, string] {
  const [startedAt, saga, id] = decodeCursor(cursor, 3) as [string, string, string];
  if (!isInstant(startedAt)) decodeCursor('', 3);
  return [startedAt, saga, id];
}
