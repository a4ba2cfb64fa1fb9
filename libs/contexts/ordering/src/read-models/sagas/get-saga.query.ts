import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SagaView } from '../../saga.view.js';

/** One saga: what it was told and did, what is to come, and what holds it up. */
export class GetSaga {
  constructor(
    readonly saga: string,
    readonly id: string,
  ) {}
}

@QueryHandler(GetSaga)
export class GetSagaHandler implements IQueryHandler<GetSaga, SagaView> {
  constructor(private readonly sagas: Sagas) {}

  execute({ saga, id }: GetSaga): Promise<SagaView> {
    return this.sagas.one(saga, id);
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/sagas')
export class GetSagaRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get(':saga/:id')
  @ApiOperation({ description: 'One workflow: where it stands, all that it was told and asked for, and what is still to come.' })
  @RequirePermission('sagas:read')
  @ApiOkResponse({ type: SagaView })
  @ApiNotFoundResponse({ description: 'saga.not-found' })
  one(@Param('saga') saga: string, @Param('id') id: string): Promise<SagaView> {
    return this.queries.execute(new GetSaga(saga, id));
  }
}
