import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SagaView } from '../saga.view.js';
import { OperatorReasonBody } from './operator-reason.body.js';

export class CompensateSaga {
  constructor(
    readonly saga: string,
    readonly id: string,
    readonly reason: string,
  ) {}
}

/** Has a saga undo what it did, as its deadline would. */
@CommandHandler(CompensateSaga)
export class CompensateSagaHandler implements ICommandHandler<CompensateSaga, SagaView> {
  constructor(private readonly sagas: Sagas) {}

  execute({ saga, id, reason }: CompensateSaga): Promise<SagaView> {
    return this.sagas.compensate(saga, id, reason);
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/sagas')
export class CompensateSagaRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':saga/:id/compensate')
  @ApiOperation({ description: 'Undoes what the workflow has done so far. Nothing is undone of what has shipped, nor of a return.' })
  @HttpCode(200)
  @RequirePermission('sagas:manage')
  @ApiOkResponse({ type: SagaView })
  @ApiNotFoundResponse({ description: 'saga.not-found' })
  @ApiConflictResponse({ description: 'saga.ended, saga.not-applicable' })
  compensate(@Param('saga') saga: string, @Param('id') id: string, @Body() { reason }: OperatorReasonBody): Promise<SagaView> {
    return this.commands.execute(new CompensateSaga(saga, id, reason));
  }
}
