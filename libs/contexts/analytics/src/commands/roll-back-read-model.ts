import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { ReadModels, type RebuildResult } from '@kernel/ports/read-store.js';
import { RebuildView } from './generation.view.js';

export class RollBackReadModel {
  constructor(readonly readModel: string) {}
}

/** Lets the generation before answer again, at once: it has been kept up to date. */
@CommandHandler(RollBackReadModel)
export class RollBackReadModelHandler implements ICommandHandler<RollBackReadModel, RebuildResult> {
  constructor(
    private readonly readModels: ReadModels,
    private readonly operations: OperationsLog,
  ) {}

  execute({ readModel }: RollBackReadModel): Promise<RebuildResult> {
    return this.operations.record('roll-back-read-model', readModel, () => this.readModels.rollback(readModel));
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/read-models')
export class RollBackReadModelRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':name/rollback')
  @ApiOperation({ description: 'Has the generation before answer again.' })
  @HttpCode(200)
  @RequirePermission('system:rebuild')
  @ApiOkResponse({ type: RebuildView })
  @ApiNotFoundResponse({ description: 'read-model.unknown' })
  @ApiConflictResponse({ description: 'read-model.no-previous, read-model.busy' })
  rollback(@Param('name') name: string): Promise<RebuildView> {
    return this.commands.execute<RollBackReadModel, RebuildResult>(new RollBackReadModel(name));
  }
}
