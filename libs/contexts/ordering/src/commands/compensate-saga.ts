import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
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

  /** Nothing is undone of what has shipped, nor of a return. 409 for a saga that is over. */
  @Post(':saga/:id/compensate')
  @HttpCode(200)
  @RequirePermission('sagas:manage')
  @ApiOkResponse({ type: SagaView })
  compensate(@Param('saga') saga: string, @Param('id') id: string, @Body() { reason }: OperatorReasonBody): Promise<SagaView> {
    return this.commands.execute(new CompensateSaga(saga, id, reason));
  }
}
