/** What the simulated service needs of a database: statements with bound values, each a transaction of its own. */
export interface Statements {
  query<Row extends Record<string, unknown>>(statement: NamedStatement, values: readonly unknown[]): Promise<Row[]>;
}

/** The name stands for one text only, so that the server parses it once a connection. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

const CHARGE = 'payments_simulator.charge';
const CALLBACK = 'payments_simulator.callback';
/** Columns as a `ChargeRow` names them; of a returning clause as well. */
const COLUMNS = `c.payment_id as "paymentId", c.reference, c.amount::text, c.currency, c.token, c.status, c.code,
  c.authorised::text, c.captured::text, c.voided::text, c.refunded::text`;
const named = (name: string, text: string): NamedStatement => ({ name: `payments_simulator.${name}`, text });

/** Values: payment, reference, amount, currency, token, status, code, what it settles as, after how many ms. No row where the payment is known. */
export const OPEN = named(
  'open',
  `insert into ${CHARGE} as c (payment_id, reference, amount, currency, token, status, code, authorised, settles_as, settles_at)
   values ($1, $2, $3::numeric, $4, $5, $6, $7, case when $6 = 'authorised' then $3::numeric else 0 end, $8,
     case when $8::text is not null then clock_timestamp() + $9::int * interval '1 millisecond' end)
   on conflict (payment_id) do nothing
   returning ${COLUMNS}`,
);

export const READ = named('read', `select ${COLUMNS} from ${CHARGE} c where c.payment_id = $1`);

export const BOOK = named('book', `select ${COLUMNS} from ${CHARGE} c order by c.created_at, c.payment_id`);

/**
 * Values: payment, tokens of charges whose notice overtakes the answer, the lease on that notice in ms. The notice is born as one that somebody is sending, so
 * that nobody else takes it, and as one that falls due again, should the sender die.
 */
export const CAPTURE = named(
  'capture',
  `with done as (
     update ${CHARGE} as c set status = 'captured', captured = c.authorised where c.payment_id = $1 and c.status = 'authorised' returning c as charge
   ), told as (
     insert into ${CALLBACK} (payment_id, body, due_at, attempts)
       select (charge).payment_id, payments_simulator.notice(charge, 'captured', clock_timestamp()), clock_timestamp() + $3::int * interval '1 millisecond', 1
       from done where (charge).token = any($2::text[])
     returning id, body, attempts
   )
   select told.id, told.body, told.attempts from done left join told on true`,
);

export const VOID = named(
  'void',
  `update ${CHARGE} as c set status = 'voided', voided = c.authorised, settles_as = null, settles_at = null
   where c.payment_id = $1 and c.status in ('pending', 'authorised') returning ${COLUMNS}`,
);

export const REFUND = named('refund', `select payments_simulator.refund($1, $2, $3::numeric) as outcome`);

/** Values: payment, refund, tokens of charges whose first attempts fail, after how many ms. The name of the attempt; only the first one will fail. */
export const ATTEMPT = named(
  'attempt',
  `update payments_simulator.refund as r
   set fails_at = case when c.token = any($3::text[]) and r.fails_at is null and not exists (
       select from payments_simulator.failed_refund f where f.payment_id = r.payment_id and f.refund_id = r.refund_id
     ) then clock_timestamp() + $4::int * interval '1 millisecond' else r.fails_at end
   from ${CHARGE} c where c.payment_id = r.payment_id and r.payment_id = $1 and r.refund_id = $2
   returning r.attempt::text`,
);

/** Takes refunds back that are to fail, and writes down what will be told of them. */
export const FAIL_REFUNDS = named(
  'fail_refunds',
  `with due as (
     select payment_id, refund_id from payments_simulator.refund where fails_at <= clock_timestamp()
     order by fails_at limit 100 for update skip locked
   ), gone as (
     delete from payments_simulator.refund r using due where r.payment_id = due.payment_id and r.refund_id = due.refund_id returning r.*
   ), kept as (
     insert into payments_simulator.failed_refund (attempt, payment_id, refund_id, amount) select attempt, payment_id, refund_id, amount from gone
   ), back as (
     update ${CHARGE} as c set refunded = c.refunded - less.amount
     from (select payment_id, sum(amount) as amount from gone group by payment_id) as less where c.payment_id = less.payment_id
     returning c.payment_id, c.reference, c.currency
   )
   insert into ${CALLBACK} (payment_id, body, due_at)
     select back.payment_id, json_build_object(
         'id', gone.attempt, 'type', 'refund-failed', 'paymentId', back.payment_id, 'reference', back.reference,
         'amount', gone.amount::text, 'currency', back.currency, 'refundId', gone.refund_id, 'attempt', gone.attempt, 'code', 'account_closed',
         'occurredAt', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text, clock_timestamp()
     from gone join back using (payment_id)
   returning id`,
);

/**
 * Carries out what the service decided, and writes down what it will tell. Values, one of each for a telling: token, type, ms after the settling.
 * What is stale tells of the charge's beginning. A charge that is being voided is left alone: void clears what it would have become.
 */
export const SETTLE = named(
  'settle',
  `with due as (
     select payment_id from ${CHARGE} where settles_at <= clock_timestamp() order by settles_at limit 100 for update skip locked
   ), settled as (
     update ${CHARGE} as c set status = c.settles_as, authorised = c.amount,
       captured = case when c.settles_as = 'captured' then c.amount else 0 end, settles_as = null, settles_at = null
     from due where c.payment_id = due.payment_id
     returning c as charge
   )
   insert into ${CALLBACK} (payment_id, body, due_at)
     select (charge).payment_id,
       payments_simulator.notice(charge, told.type, case when told.type = 'pending' then (charge).created_at else clock_timestamp() end),
       clock_timestamp() + told.after * interval '1 millisecond'
     from settled join unnest($1::text[], $2::text[], $3::int[]) as told(token, type, after) on told.token = (charge).token
   returning id`,
);

/** Values: most rows, lease in ms. Nobody else takes a claimed callback before its lease is over. */
export const CLAIM = named(
  'claim',
  `update ${CALLBACK} as c set attempts = c.attempts + 1, due_at = clock_timestamp() + $2::int * interval '1 millisecond'
   from (
     select id from ${CALLBACK}
     where delivered_at is null and due_at <= clock_timestamp() and created_at > clock_timestamp() - interval '3 days'
     order by due_at limit $1 for update skip locked
   ) as due
   where c.id = due.id
   returning c.id, c.body, c.attempts`,
);

export const DELIVERED = named('delivered', `update ${CALLBACK} set delivered_at = clock_timestamp() where id = $1`);

/** Values: callback, ms until the next attempt. */
export const LATER = named(
  'later',
  `update ${CALLBACK} set due_at = clock_timestamp() + $2::int * interval '1 millisecond' where id = $1 and delivered_at is null`,
);
