import { Migration } from '@mikro-orm/migrations';

/**
 * The simulated payment service's own book: what it took, gave back and has yet to tell. The shop never reads it; proofs that money was
 * conserved do.
 */
export class SimulatorBook extends Migration {
  override up(): void {
    // What the service has decided and not yet carried out stands beside the charge, so that a void takes it back in the same row.
    this.addSql(`create table payments_simulator.charge (
      payment_id text primary key,
      reference text not null unique,
      amount numeric(18, 4) not null check (amount > 0),
      currency text not null,
      token text not null,
      status text not null check (status in ('in-flight', 'pending', 'authorised', 'declined', 'captured', 'voided')),
      code text,
      settles_as text check (settles_as in ('authorised', 'captured')),
      settles_at timestamptz(3),
      authorised numeric(18, 4) not null default 0,
      captured numeric(18, 4) not null default 0 check (captured >= 0),
      voided numeric(18, 4) not null default 0 check (voided >= 0),
      refunded numeric(18, 4) not null default 0 check (refunded >= 0),
      created_at timestamptz(3) not null default clock_timestamp(),
      check (authorised in (0, amount)),
      check (captured + voided <= authorised),
      check (refunded <= captured),
      check ((settles_as is null) = (settles_at is null))
    )`);
    this.addSql(`create index charge_settles_at on payments_simulator.charge (settles_at) where settles_at is not null`);
    this.addSql(`create table payments_simulator.refund (
      payment_id text not null references payments_simulator.charge,
      refund_id text not null,
      amount numeric(18, 4) not null check (amount > 0),
      created_at timestamptz(3) not null default clock_timestamp(),
      primary key (payment_id, refund_id)
    )`);
    this.addSql(`create table payments_simulator.callback (
      id uuid primary key default gen_random_uuid(),
      payment_id text not null references payments_simulator.charge,
      body text not null,
      due_at timestamptz(3) not null,
      attempts int not null default 0,
      created_at timestamptz(3) not null default clock_timestamp(),
      delivered_at timestamptz(3)
    )`);
    this.addSql(`create index callback_due_at on payments_simulator.callback (due_at) where delivered_at is null`);
    this.addSql(noticeFunction);
    this.addSql(refundFunction);
  }

  override down(): void {
    this.addSql(`drop function payments_simulator.refund(text, text, numeric)`);
    this.addSql(`drop function payments_simulator.notice(payments_simulator.charge, text, timestamptz)`);
    for (const table of ['callback', 'refund', 'charge']) this.addSql(`drop table payments_simulator.${table}`);
  }
}

/** A fact's id is made of the fact, so that it is the same each time that it is told. */
const noticeFunction = `
create function payments_simulator.notice(c payments_simulator.charge, p_type text, p_at timestamptz) returns text language sql stable as $$
  select json_build_object(
    'id', md5(c.payment_id || chr(31) || p_type)::uuid, 'type', p_type, 'paymentId', c.payment_id, 'reference', c.reference,
    'amount', c.amount::text, 'currency', c.currency,
    'occurredAt', to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
$$`;

/** Gives money back once for each refund's id; the charge's row is locked before anything is looked at, so that refunds never add up to too much. */
const refundFunction = `
create function payments_simulator.refund(p_payment text, p_refund text, p_amount numeric) returns text language plpgsql as $$
declare
  v_charge payments_simulator.charge;
  v_before numeric;
begin
  select * into v_charge from payments_simulator.charge where payment_id = p_payment for update;
  if not found then return 'unknown'; end if;
  select amount into v_before from payments_simulator.refund where payment_id = p_payment and refund_id = p_refund;
  if found then return case when v_before = p_amount then 'refunded' else 'changed' end; end if;
  if v_charge.status = 'in-flight' then return 'in-flight'; end if;
  if v_charge.status <> 'captured' then return 'not-captured'; end if;
  if v_charge.refunded + p_amount > v_charge.captured then return 'exceeds'; end if;
  insert into payments_simulator.refund (payment_id, refund_id, amount) values (p_payment, p_refund, p_amount);
  update payments_simulator.charge set refunded = refunded + p_amount where payment_id = p_payment;
  return 'refunded';
end $$`;
