import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Cache, CacheInspection } from '@kernel/ports/cache.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { Refusal } from '@kernel/refusal.js';
import { RequirePermission } from '../auth/index.js';

export class CacheNamespaceView {
  @ApiProperty({ example: 960, description: 'Answers that were kept' })
  hits: number;

  @ApiProperty({ example: 40, description: 'Answers that had to be loaded' })
  misses: number;

  @ApiProperty({ example: 3, description: 'Answers loaded because the reader named what they must have seen' })
  bypasses: number;

  @ApiProperty({ example: 0.96, type: Number, nullable: true, description: 'Hits of hits and misses; null before the first' })
  hitRate: number | null;
}

@ApiExtraModels(CacheNamespaceView)
export class CacheStateView {
  @ApiProperty({ enum: ['off', 'up', 'down'], description: '`off` where none is configured; `down` while memory stands in for it' })
  redis: string;

  @ApiProperty({ example: 120, description: 'Answers in the memory of the process that answers this' })
  entries: number;

  @ApiProperty({ example: 65_536, description: 'Their characters' })
  characters: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(CacheNamespaceView) },
    description: 'By namespace, since the process that answers this was started',
  })
  namespaces: Record<string, CacheNamespaceView>;
}

/** What an operator does with the cache. */
@ApiTags('operations')
@Controller('api/v1/admin/cache')
export class CacheController {
  constructor(
    private readonly cache: Cache,
    private readonly inspection: CacheInspection,
    private readonly operations: OperationsLog,
  ) {}

  @Get()
  @RequirePermission('cache:purge')
  @ApiOperation({
    operationId: 'getCache',
    summary: 'Get the state of the cache',
    description: 'How large it is, how often it helps, and whether Redis answers.',
  })
  @ApiOkResponse({ type: CacheStateView })
  state(): CacheStateView {
    const { namespaces, ...state } = this.inspection.state();
    const views = [...namespaces].map(([name, { hits, misses, bypasses }]): [string, CacheNamespaceView] => {
      const asked = hits + misses;
      return [name, { hits, misses, bypasses, hitRate: asked === 0 ? null : hits / asked }];
    });
    return { ...state, namespaces: Object.fromEntries(views) };
  }

  @Delete(':keyOrBranch')
  @HttpCode(204)
  @RequirePermission('cache:purge')
  @ApiOperation({
    operationId: 'purgeCache',
    summary: 'Purge the cache',
    description: 'Forgets a key with everything below it, or a branch, in every process.',
  })
  @ApiParam({ name: 'keyOrBranch', example: 'catalog:list:*', description: 'A key, a branch that ends in `:*`, or `*` for everything' })
  @ApiNoContentResponse()
  @ApiBadRequestResponse({ description: 'cache.key-malformed' })
  purge(@Param('keyOrBranch') keyOrBranch: string): Promise<void> {
    return this.operations.record('purge-cache', keyOrBranch, () => this.forget(keyOrBranch));
  }

  private async forget(keyOrBranch: string): Promise<void> {
    try {
      await this.cache.invalidate(keyOrBranch);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new Refusal('cache.key-malformed', 'invalid', `That is ${error.message}`, { field: 'keyOrBranch' });
    }
  }
}
