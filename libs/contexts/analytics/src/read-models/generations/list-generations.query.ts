import { Controller, Get } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ReadModels } from '@kernel/ports/read-store.js';

export class GenerationView {
  @ApiProperty({ example: 'sales' })
  readModel: string;

  @ApiProperty({ example: 3 })
  generation: number;

  @ApiProperty({ enum: ['building', 'active', 'previous'] })
  state: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class GenerationsView {
  @ApiProperty({ type: [GenerationView] })
  items: GenerationView[];
}

export class ListGenerations {}

/** Every generation of every read model that there is. */
@QueryHandler(ListGenerations)
export class ListGenerationsHandler implements IQueryHandler<ListGenerations, GenerationsView> {
  constructor(private readonly readModels: ReadModels) {}

  async execute(): Promise<GenerationsView> {
    return { items: await this.readModels.list() };
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/read-models')
export class ListGenerationsRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'List read models', description: 'Every generation of every read model, and which of them answers.' })
  @RequirePermission('system:rebuild')
  @ApiOkResponse({ type: GenerationsView })
  list(): Promise<GenerationsView> {
    return this.queries.execute<ListGenerations, GenerationsView>(new ListGenerations());
  }
}
