import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { ReadModels, type RebuildResult } from '@kernel/ports/read-store.js';
import { RebuildView } from './generation.view.js';

export class RebuildReadModel {
  constructor(readonly readModel: string) {}
}

/** Makes the next generation of a read model while events come in, certifies it, and lets it answer. */
@CommandHandler(RebuildReadModel)
export class RebuildReadModelHandler implements ICommandHandler<RebuildReadModel, RebuildResult> {
  constructor(
    private readonly readModels: ReadModels,
    private readonly operations: OperationsLog,
  ) {}

  execute({ readModel }: RebuildReadModel): Promise<RebuildResult> {
    return this.operations.record('rebuild-read-model', readModel, () => this.readModels.rebuild(readModel));
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/read-models')
export class RebuildReadModelRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':name/rebuild')
  @ApiOperation({ description: 'Makes the next generation from the events while others come in, certifies it, and has it answer.' })
  @HttpCode(200)
  @RequirePermission('system:rebuild')
  @ApiOkResponse({ type: RebuildView })
  @ApiNotFoundResponse({ description: 'read-model.unknown' })
  @ApiConflictResponse({ description: 'read-model.busy' })
  rebuild(@Param('name') name: string): Promise<RebuildView> {
    return this.commands.execute<RebuildReadModel, RebuildResult>(new RebuildReadModel(name));
  }
}
