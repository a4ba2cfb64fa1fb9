import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { ConsistentRead } from '@adapters/runtime/src/http/consistency.js';
import { decodeCursor, page } from '@adapters/runtime/src/http/cursor.js';
import { IsInstant } from '@adapters/runtime/src/http/instant.js';
import { PageQuery } from '@adapters/runtime/src/http/page.query.js';
import { ReadStore } from '@kernel/ports/read-store.js';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { operationOutcomeSchema, type OperationOutcome, type OperationRecorded } from '@contexts/identity/src/contract/operation-events.js';
import { AUDIT_TRAIL_COLUMNS, auditTrailConditions, type AuditTrailRow } from './audit-trail.sql.js';

export class GetAuditTrailQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Who did it: a user’s id, `system` for what nobody asked for, or `provider:<name>` for a payment service' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  actor?: string;

  @ApiPropertyOptional({ example: 'identity.RolesGranted', description: 'What was done: the type of the event, or a context for all of its events' })
  @IsOptional()
  @Matches(/^[a-z][a-z-]*(\.[A-Z][A-Za-z]*)?$/, {
    message: 'action must be an event type such as ordering.OrderPlaced, or a context such as ordering',
  })
  action?: string;

  @ApiPropertyOptional({ description: 'What it was done to: a stream such as order-0192f0c1…, or the id alone' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  subject?: string;

  @ApiPropertyOptional({ description: 'Recorded at this instant or later' })
  @IsOptional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ description: 'Recorded before this instant' })
  @IsOptional()
  @IsInstant()
  to?: string;
}

export class AuditedOperationView {
  @ApiProperty({ example: 'rebuild-read-model' })
  name: string;

  @ApiProperty({ example: 'sales', description: 'What it was done to' })
  target: string;

  @ApiProperty({
    enum: operationOutcomeSchema.options,
    description: 'Each is recorded as `begun` before it begins, and again with its outcome: one without another record may have been done',
  })
  outcome: OperationOutcome;

  @ApiProperty({ type: String, nullable: true, example: 'read-model.busy', description: 'Why it was refused' })
  code: string | null;
}

export class AuditTrailEntryView {
  @ApiProperty({ type: String, nullable: true, description: 'Pseudonym of who did it; null for the system' })
  actor: string | null;

  @ApiProperty({ example: 'ordering.OrderPlaced' })
  action: string;

  @ApiProperty({ example: 'order-0192f0c1-2a3b-7c4d-8e5f-60718293a4b5' })
  subject: string;

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;

  @ApiProperty({ format: 'date-time', description: 'Business time' })
  occurredAt: string;

  @ApiProperty({ description: 'The same for all that one request led to' })
  correlationId: string;

  @ApiProperty({ type: String, nullable: true, description: 'What it was the answer to: an event or a command' })
  causationId: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the log lines of the request name it' })
  traceId: string | null;

  @ApiProperty()
  eventId: string;

  @ApiProperty({ example: 'ordering' })
  context: string;

  @ApiProperty({ description: 'In the context’s log' })
  position: number;

  @ApiPropertyOptional({ description: 'What was done to the server itself, of an `identity.OperationRecorded`' })
  operation?: AuditedOperationView;
}

export class AuditTrailPageView {
  @ApiProperty({ type: [AuditTrailEntryView] })
  items: readonly AuditTrailEntryView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

const RECORDED: OperationRecorded['type'] = 'identity.OperationRecorded';

export class GetAuditTrail {
  constructor(readonly asked: GetAuditTrailQuery) {}
}

/** Who did what, newest first, from the ledger of every context's events. An event never changes its place, so that pages are stable. */
@QueryHandler(GetAuditTrail)
export class GetAuditTrailHandler implements IQueryHandler<GetAuditTrail, AuditTrailPageView> {
  constructor(private readonly store: ReadStore) {}

  async execute({ asked }: GetAuditTrail): Promise<AuditTrailPageView> {
    const after = asked.cursor === undefined ? undefined : placeOf(asked.cursor);
    const { where, parameters } = auditTrailConditions(asked, after);
    const rows = await this.store.rows<AuditTrailRow>(
      `SELECT ${AUDIT_TRAIL_COLUMNS} FROM ${this.store.ledger()} AS e ${where}
       ORDER BY e.recorded_at DESC, e.context DESC, e.position DESC LIMIT {limit:UInt32}`,
      { ...parameters, limit: asked.limit + 1 },
    );
    const operations = await this.operationsOf(rows);
    return page(
      rows,
      asked.limit,
      ({ recorded_ms, context, position }) => [recorded_ms, context, position],
      (row) => toEntry(row, operations.get(row.id)),
    );
  }

  /** By place in the ledger, for these rows alone: to sort the trail with the events' data would read all of it. */
  private async operationsOf(rows: readonly AuditTrailRow[]): Promise<ReadonlyMap<string, AuditedOperationView>> {
    const positions = rows.filter(({ type }) => type === RECORDED).map(({ position }) => Number(position));
    if (positions.length === 0) return new Map();
    const found = await this.store.rows<{ id: string; data: string }>(
      `SELECT toString(e.id) AS id, e.data AS data FROM ${this.store.ledger()} AS e
       WHERE e.context = 'identity' AND e.position IN {positions:Array(UInt64)} AND e.type = {type:String}`,
      { positions, type: RECORDED },
    );
    return new Map(found.map(({ id, data }) => [id, toOperation(JSON.parse(data) as OperationRecorded['data'])]));
  }
}

/** @throws Refusal `request.invalid` for a cursor that no page answered */
function placeOf(cursor: string): [string, string, string] {
  const [recorded = '', context = '', position = ''] = decodeCursor(cursor, 3);
  if (!/^\d{1,15}$/.test(recorded) || !/^\d{1,18}$/.test(position)) decodeCursor('', 3);
  return [recorded, context, position];
}

const instant = (ms: string): string => new Date(Number(ms)).toISOString();

const toOperation = ({ operation, target, outcome, code }: OperationRecorded['data']): AuditedOperationView => ({
  name: operation,
  target,
  outcome,
  code,
});

const toEntry = (row: AuditTrailRow, operation: AuditedOperationView | undefined): AuditTrailEntryView => ({
  actor: row.actor || null,
  action: row.type,
  subject: row.stream,
  recordedAt: instant(row.recorded_ms),
  occurredAt: instant(row.occurred_ms),
  correlationId: row.correlation_id,
  causationId: row.causation_id || null,
  traceId: row.traceparent.split('-')[1] ?? null,
  eventId: row.id,
  context: row.context,
  position: Number(row.position),
  ...(operation && { operation }),
});

@ApiTags('operations')
@Controller('api/v1/admin/audit-trail')
export class GetAuditTrailRoute {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    description: 'Who did what and when, the latest first: every event of every context, and every operation on the server, by whoever asked for it.',
  })
  @ConsistentRead()
  @RequirePermission('audit-trail:read')
  @ApiOkResponse({ type: AuditTrailPageView })
  get(@Query() query: GetAuditTrailQuery): Promise<AuditTrailPageView> {
    return this.queries.execute(new GetAuditTrail(query));
  }
}
