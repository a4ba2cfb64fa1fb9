import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SagaView } from '../saga.view.js';

export class RetrySaga {
  constructor(
    readonly saga: string,
    readonly id: string,
  ) {}
}

/** Has tried again now what is parked or was refused. */
@CommandHandler(RetrySaga)
export class RetrySagaHandler implements ICommandHandler<RetrySaga, SagaView> {
  constructor(private readonly sagas: Sagas) {}

  execute({ saga, id }: RetrySaga): Promise<SagaView> {
    return this.sagas.retry(saga, id);
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/sagas')
export class RetrySagaRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':saga/:id/retry')
  @ApiOperation({ description: 'Has the workflow try again what is parked or was refused.' })
  @HttpCode(200)
  @RequirePermission('sagas:manage')
  @ApiOkResponse({ type: SagaView })
  @ApiNotFoundResponse({ description: 'saga.not-found' })
  @ApiConflictResponse({ description: 'saga.nothing-to-retry' })
  retry(@Param('saga') saga: string, @Param('id') id: string): Promise<SagaView> {
    return this.commands.execute(new RetrySaga(saga, id));
  }
}
