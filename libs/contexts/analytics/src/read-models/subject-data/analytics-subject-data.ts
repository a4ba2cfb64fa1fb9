import { Injectable } from '@nestjs/common';
import { ReadStore } from '@kernel/ports/read-store.js';
import { SubjectData, type SubjectSection } from '@kernel/ports/subject-data.js';
import { AUDIT_TRAIL_COLUMNS, auditTrailConditions, type AuditTrailRow } from '../audit-trail/audit-trail.sql.js';

/** Rows that are read at a time. */
const BATCH = 1_000;

/** What a person did in the shop, by the ledger: what it was and when, not to whom, since that can be somebody else. */
@Injectable()
export class AnalyticsSubjectData extends SubjectData {
  readonly context = 'analytics';

  constructor(private readonly store: ReadStore) {
    super();
  }

  sections(subject: string): SubjectSection[] {
    return [{ name: 'activity', content: this.activity(subject) }];
  }

  private async *activity(subject: string): AsyncGenerator<object> {
    for (let after: [string, string, string] | undefined; ;) {
      const { where, parameters } = auditTrailConditions({ actor: subject }, after);
      const rows = await this.store.rows<AuditTrailRow>(
        `SELECT ${AUDIT_TRAIL_COLUMNS} FROM ${this.store.ledger()} AS e ${where}
         ORDER BY e.recorded_at DESC, e.context DESC, e.position DESC LIMIT {limit:UInt32}`,
        { ...parameters, limit: BATCH },
      );
      for (const { type, recorded_ms, correlation_id } of rows)
        yield { action: type, recordedAt: new Date(Number(recorded_ms)).toISOString(), correlationId: correlation_id };
      const last = rows.at(-1);
      if (!last || rows.length < BATCH) return;
      after = [last.recorded_ms, last.context, last.position];
    }
  }
}
