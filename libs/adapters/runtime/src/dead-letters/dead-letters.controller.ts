import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { DeadLetters } from '@kernel/ports/dead-letters.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { RequirePermission } from '../auth/index.js';
import { CommandRoute } from '../http/command-route.js';
import { decodeCursor, page } from '../http/cursor.js';
import { isInstant } from '../http/instant.js';
import {
  DeadLetterDetailView,
  DeadLetterPageView,
  DiscardBody,
  DiscardedDeadLetterView,
  ListDeadLettersQuery,
  RetriedDeadLetterView,
} from './dead-letter.view.js';

const OfContext = () => ApiParam({ name: 'context', example: 'ordering', description: 'The context that keeps it' });
const OfId = () => ApiParam({ name: 'id', example: 'saga-message-12' });

/** What could not be processed, in every context of this process alike. */
@ApiTags('operations')
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetters) {}

  @Get(':context')
  @RequirePermission('dead-letters:manage')
  @ApiOperation({ operationId: 'listDeadLetters', description: 'What could not be processed and waits for a decision, the last parked first.' })
  @OfContext()
  @ApiOkResponse({ type: DeadLetterPageView })
  @ApiNotFoundResponse({ description: 'context.not-found' })
  async list(@Param('context') context: string, @Query() { limit, cursor, ...filter }: ListDeadLettersQuery): Promise<DeadLetterPageView> {
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const rows = await this.letters.list(context, { ...filter, ...(after && { after }), limit: limit + 1 });
    return page(
      rows,
      limit,
      ({ parkedAt, id }) => [parkedAt, id],
      (row) => row,
    );
  }

  @Get(':context/:id')
  @RequirePermission('dead-letters:manage')
  @ApiOperation({ operationId: 'getDeadLetter', description: 'One of them as it came, with all that is known of why.' })
  @OfContext()
  @OfId()
  @ApiOkResponse({ type: DeadLetterDetailView })
  @ApiNotFoundResponse({ description: 'context.not-found, dead-letter.not-found' })
  one(@Param('context') context: string, @Param('id') id: string): Promise<DeadLetterDetailView> {
    return this.letters.one(context, id);
  }

  @Post(':context/:id/retry')
  @HttpCode(200)
  @CommandRoute({ parameter: 'context' })
  @RequirePermission('dead-letters:manage')
  @ApiOperation({ operationId: 'retryDeadLetter', description: 'Tries it again now, and what waits behind it after it.' })
  @OfContext()
  @OfId()
  @ApiOkResponse({ type: RetriedDeadLetterView })
  @ApiNotFoundResponse({ description: 'context.not-found, dead-letter.not-found' })
  @ApiConflictResponse({ description: 'dead-letter.held, dead-letter.not-retryable' })
  retry(@Param('context') context: string, @Param('id') id: string): Promise<CommandOutcome<RetriedDeadLetterView>> {
    return this.letters.retry(context, id);
  }

  @Post(':context/:id/discard')
  @HttpCode(200)
  @CommandRoute({ parameter: 'context' })
  @RequirePermission('dead-letters:manage')
  @ApiOperation({
    operationId: 'discardDeadLetter',
    description:
      'Gives it up for good, which is recorded. A command is refused, so that its workflow learns of it; what waits behind a message goes on.',
  })
  @OfContext()
  @OfId()
  @ApiOkResponse({ type: DiscardedDeadLetterView })
  @ApiNotFoundResponse({ description: 'context.not-found, dead-letter.not-found' })
  @ApiConflictResponse({ description: 'dead-letter.held, dead-letter.not-discardable' })
  discard(
    @Param('context') context: string,
    @Param('id') id: string,
    @Body() { reason }: DiscardBody,
  ): Promise<CommandOutcome<DiscardedDeadLetterView>> {
    return this.letters.discard(context, id, reason);
  }
}

/** @throws Refusal `request.invalid` for a cursor that no page answered */
function placeOf(cursor: string): readonly [string, string] {
  const [parkedAt = '', id = ''] = decodeCursor(cursor, 2);
  if (!isInstant(parkedAt)) decodeCursor('', 2);
  return [parkedAt, id];
}
