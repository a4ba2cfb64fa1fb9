import type { QueryParameters } from '@kernel/ports/read-store.js';

/** A row of the trail. 64-bit integers come as text. */
export interface AuditTrailRow {
  readonly context: string;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  /** Empty for the system. */
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly traceparent: string;
  readonly occurred_ms: string;
  readonly recorded_ms: string;
}

/** No data of an event: the trail tells who did what, and the event itself is for whoever may read it. */
export const AUDIT_TRAIL_COLUMNS = `e.context AS context, toString(e.position) AS position, toString(e.id) AS id, e.type AS type, e.stream AS stream, e.actor AS actor,
  toString(e.correlation_id) AS correlation_id, e.causation_id AS causation_id, e.traceparent AS traceparent,
  toString(toUnixTimestamp64Milli(e.occurred_at)) AS occurred_ms, toString(toUnixTimestamp64Milli(e.recorded_at)) AS recorded_ms`;

export interface AuditTrailFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The WHERE of a page: what is asked for, behind the last row seen (recorded at, in ms; context; position). */
export function auditTrailConditions(
  { actor, action, subject, from, to }: AuditTrailFilter,
  after?: readonly [string, string, string],
): { where: string; parameters: QueryParameters } {
  const conditions: string[] = [];
  const parameters: Record<string, unknown> = {};
  const ask = (condition: string, values: Record<string, unknown>): void => {
    conditions.push(condition);
    Object.assign(parameters, values);
  };
  if (actor !== undefined) ask('e.actor = {actor:String}', { actor: actor === 'system' ? '' : actor });
  if (action?.includes('.')) ask('e.type = {action:String}', { action });
  else if (action !== undefined) ask('e.context = {action:String}', { action });
  if (subject !== undefined) ask(`(e.stream = {subject:String} OR endsWith(e.stream, concat('-', {subject:String})))`, { subject });
  if (from !== undefined) ask('e.recorded_at >= fromUnixTimestamp64Milli({from:Int64})', { from: Date.parse(from) });
  if (to !== undefined) ask('e.recorded_at < fromUnixTimestamp64Milli({to:Int64})', { to: Date.parse(to) });
  if (after !== undefined) {
    const [recorded, context, position] = after;
    ask(`(toUnixTimestamp64Milli(e.recorded_at), e.context, e.position) < ({afterMs:Int64}, {afterContext:String}, {afterPosition:UInt64})`, {
      afterMs: recorded,
      afterContext: context,
      afterPosition: position,
    });
    // Lets the engine pass over what is later without a look at the tuple.
    conditions.push('e.recorded_at <= fromUnixTimestamp64Milli({afterMs:Int64})');
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', parameters };
}
