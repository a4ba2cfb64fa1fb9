import { Migration } from '@mikro-orm/migrations';

/** A refund that was accepted can fail later: then it is gone from the book, told, and may be asked for again. */
export class SimulatorRefundAttempts extends Migration {
  override up(): void {
    this.addSql(`alter table payments_simulator.refund
      add column attempt uuid not null default gen_random_uuid(),
      add column fails_at timestamptz(3)`);
    this.addSql(`create index refund_fails_at on payments_simulator.refund (fails_at) where fails_at is not null`);
    this.addSql(`create table payments_simulator.failed_refund (
      attempt uuid primary key,
      payment_id text not null references payments_simulator.charge,
      refund_id text not null,
      amount numeric(18, 4) not null,
      failed_at timestamptz(3) not null default clock_timestamp()
    )`);
    this.addSql(`create index failed_refund_of on payments_simulator.failed_refund (payment_id, refund_id)`);
  }

  override down(): void {
    this.addSql(`drop table payments_simulator.failed_refund`);
    this.addSql(`alter table payments_simulator.refund drop column attempt, drop column fails_at`);
  }
}
