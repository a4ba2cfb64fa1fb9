import { Migration } from '@mikro-orm/migrations';

/** A refund is told as well as answered, as real services do: whoever asked may have lost the answer, and have no reason to ask again. */
export class SimulatorToldRefunds extends Migration {
  override up(): void {
    this.addSql(
      refundFunction(`
  insert into payments_simulator.refund (payment_id, refund_id, amount) values (p_payment, p_refund, p_amount) returning attempt into v_attempt;
  insert into payments_simulator.callback (payment_id, body, due_at)
    values (p_payment, json_build_object(
      'id', md5(v_attempt::text || chr(31) || 'refunded')::uuid, 'type', 'refunded', 'paymentId', p_payment, 'reference', v_charge.reference,
      'amount', p_amount::text, 'currency', v_charge.currency, 'refundId', p_refund, 'attempt', v_attempt,
      'occurredAt', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text, clock_timestamp() + interval '1 second');`),
    );
  }

  override down(): void {
    this.addSql(
      refundFunction(`
  insert into payments_simulator.refund (payment_id, refund_id, amount) values (p_payment, p_refund, p_amount);`),
    );
  }
}

/** Gives money back once for each refund's id; the charge's row is locked before anything is looked at, so that refunds never add up to too much. */
const refundFunction = (book: string): string => `
create or replace function payments_simulator.refund(p_payment text, p_refund text, p_amount numeric) returns text language plpgsql as $$
declare
  v_charge payments_simulator.charge;
  v_before numeric;
  v_attempt uuid;
begin
  select * into v_charge from payments_simulator.charge where payment_id = p_payment for update;
  if not found then return 'unknown'; end if;
  select amount into v_before from payments_simulator.refund where payment_id = p_payment and refund_id = p_refund;
  if found then return case when v_before = p_amount then 'refunded' else 'changed' end; end if;
  if v_charge.status = 'in-flight' then return 'in-flight'; end if;
  if v_charge.status <> 'captured' then return 'not-captured'; end if;
  if v_charge.refunded + p_amount > v_charge.captured then return 'exceeds'; end if;${book}
  update payments_simulator.charge set refunded = refunded + p_amount where payment_id = p_payment;
  return 'refunded';
end $$`;
