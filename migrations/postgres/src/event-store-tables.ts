/**
 * The tables and functions of one context's event store; every context has the same, in its own schema.
 * Rules that the functions keep (each was seen to break when left out):
 * - an outbox id is drawn after the stream's row is locked, from one identity without a cache, so that ids of a stream never invert
 * - the sequencer locks its row first and reads the outbox in a later statement, whose snapshot holds all that committed before the lock
 * - rows are moved in order of id and never skipped
 */
export const eventStoreTables = (schema: string): string[] => [
  `create table ${schema}.stream (
     id text primary key,
     version int not null check (version > 0)
   )`,
  `create table ${schema}.event (
     id uuid primary key,
     stream_id text not null,
     stream_version int not null check (stream_version > 0),
     type text not null,
     version int not null check (version > 0),
     data text not null,
     digest text not null,
     occurred_at timestamptz(3) not null,
     recorded_at timestamptz(3) not null,
     actor text,
     correlation_id uuid not null,
     causation_id uuid,
     traceparent text,
     unique (stream_id, stream_version)
   )`,
  `create table ${schema}.outbox (
     id bigint generated always as identity (cache 1) primary key,
     event_id uuid not null
   )`,
  `create table ${schema}.event_log (
     position bigint primary key check (position > 0),
     event_id uuid not null unique,
     sequenced_at timestamptz(3) not null
   )`,
  `create index event_log_sequenced_at on ${schema}.event_log (sequenced_at, position)`,
  `create table ${schema}.sequencer (
     singleton boolean primary key default true check (singleton),
     epoch bigint not null,
     position bigint not null,
     owner text,
     lease_until timestamptz not null
   )`,
  `insert into ${schema}.sequencer (epoch, position, lease_until) values (0, 0, '-infinity')`,
  `create table ${schema}.receipt (
     principal text not null,
     route text not null,
     key text not null,
     body_digest text not null,
     outcome text not null,
     recorded_at timestamptz(3) not null default clock_timestamp(),
     primary key (principal, route, key)
   )`,
  `create table ${schema}.block_digest (
     block bigint primary key,
     events int not null,
     digest text not null
   )`,
  digestFunction(schema),
  appendFunction(schema),
  sequenceFunction(schema),
  compactFunction(schema),
];

export const dropEventStoreTables = (schema: string): string[] => [
  `drop function ${schema}.compact_outbox(bigint)`,
  `drop function ${schema}.sequence(bigint, int)`,
  `drop function ${schema}.append(text[], int[], int[], text[], int[], uuid[], text[], int[], text[], timestamptz[], text[], uuid[], uuid[], text[], text[], text[], text[], text[], text[])`,
  `drop function ${schema}.event_digest(uuid, text, int, text, int, timestamptz, timestamptz, text, uuid, uuid, text, text)`,
  ...['block_digest', 'receipt', 'sequencer', 'event_log', 'outbox', 'event', 'stream'].map((table) => `drop table ${schema}.${table}`),
];

/** MD5 over an event's own fields, joined by the unit separator: the ledger in ClickHouse recomputes it from its columns. */
const digestFunction = (schema: string): string => `
create function ${schema}.event_digest(
  id uuid, type text, version int, stream text, stream_version int, occurred_at timestamptz, recorded_at timestamptz,
  actor text, correlation_id uuid, causation_id uuid, traceparent text, data text
) returns text language sql stable parallel safe as $$
  select md5(concat_ws(chr(31), id, type, version, stream, stream_version,
    (extract(epoch from occurred_at) * 1000)::bigint, (extract(epoch from recorded_at) * 1000)::bigint,
    coalesce(actor, ''), correlation_id, coalesce(causation_id::text, ''), coalesce(traceparent, ''), data))
$$`;

/** NC001: a stream is not at its expected version. NC002: a receipt's key is taken. NC003: another transaction holds the key now. */
const appendFunction = (schema: string): string => `
create function ${schema}.append(
  p_stream text[], p_expected int[], p_count int[],
  e_stream text[], e_version int[], e_id uuid[], e_type text[], e_schema int[], e_data text[], e_occurred timestamptz[],
  e_actor text[], e_correlation uuid[], e_causation uuid[], e_traceparent text[],
  r_principal text[], r_route text[], r_key text[], r_body text[], r_outcome text[]
) returns timestamptz language plpgsql as $$
declare
  v_now timestamptz := date_trunc('milliseconds', clock_timestamp());
  v_count int;
begin
  if cardinality(r_key) > 0 then
    if not (select bool_and(pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(31), principal, route, key), 0)))
            from unnest(r_principal, r_route, r_key) as r(principal, route, key)) then
      raise exception 'idempotency key in flight' using errcode = 'NC003';
    end if;
    insert into ${schema}.receipt (principal, route, key, body_digest, outcome)
      select * from unnest(r_principal, r_route, r_key, r_body, r_outcome)
      on conflict do nothing;
    get diagnostics v_count = row_count;
    if v_count < cardinality(r_key) then
      raise exception 'receipt exists' using errcode = 'NC002';
    end if;
  end if;

  for i in 1 .. cardinality(p_stream) loop
    if p_expected[i] = 0 then
      insert into ${schema}.stream (id, version) values (p_stream[i], p_count[i]) on conflict (id) do nothing;
    else
      update ${schema}.stream set version = version + p_count[i] where id = p_stream[i] and version = p_expected[i];
    end if;
    if not found then
      raise exception 'stale version' using errcode = 'NC001', detail = p_stream[i];
    end if;
  end loop;

  insert into ${schema}.event (id, stream_id, stream_version, type, version, data, digest, occurred_at, recorded_at,
                               actor, correlation_id, causation_id, traceparent)
    select e.id, e.stream, e.stream_version, e.type, e.version, e.data,
           ${schema}.event_digest(e.id, e.type, e.version, e.stream, e.stream_version, e.occurred, v_now,
                                  e.actor, e.correlation, e.causation, e.traceparent, e.data),
           e.occurred, v_now, e.actor, e.correlation, e.causation, e.traceparent
    from unnest(e_stream, e_version, e_id, e_type, e_schema, e_data, e_occurred, e_actor, e_correlation, e_causation, e_traceparent)
      as e(stream, stream_version, id, type, version, data, occurred, actor, correlation, causation, traceparent);
  insert into ${schema}.outbox (event_id) select id from unnest(e_id) with ordinality as o(id, n) order by n;
  return v_now;
end $$`;

/** Moves at most p_limit committed outbox rows into the log; returns the rows moved, or -1 for a sequencer whose epoch is over. */
const sequenceFunction = (schema: string): string => `
create function ${schema}.sequence(p_epoch bigint, p_limit int) returns int language plpgsql as $$
declare
  v_position bigint;
  v_moved int;
begin
  select position into v_position from ${schema}.sequencer where epoch = p_epoch for update;
  if not found then return -1; end if;
  with batch as materialized (
    select id, event_id from ${schema}.outbox order by id limit p_limit
  ), gone as (
    delete from ${schema}.outbox o using batch b where o.id = b.id
  )
  insert into ${schema}.event_log (position, event_id, sequenced_at)
    select v_position + row_number() over (order by id), event_id, date_trunc('milliseconds', clock_timestamp()) from batch;
  get diagnostics v_moved = row_count;
  if v_moved > 0 then
    update ${schema}.sequencer set position = v_position + v_moved;
  end if;
  return v_moved;
end $$`;

/**
 * Drains and truncates the outbox: a transaction left open elsewhere keeps its dead rows alive, and every poll wades through them.
 * Returns the rows moved, -1 for an epoch that is over, -2 where the lock was not to be had at once (try again later).
 */
const compactFunction = (schema: string): string => `
create function ${schema}.compact_outbox(p_epoch bigint) returns int language plpgsql set lock_timeout = '200ms' as $$
declare
  v_position bigint;
  v_moved int;
begin
  select position into v_position from ${schema}.sequencer where epoch = p_epoch for update;
  if not found then return -1; end if;
  lock table ${schema}.outbox in access exclusive mode;
  insert into ${schema}.event_log (position, event_id, sequenced_at)
    select v_position + row_number() over (order by id), event_id, date_trunc('milliseconds', clock_timestamp()) from ${schema}.outbox;
  get diagnostics v_moved = row_count;
  update ${schema}.sequencer set position = v_position + v_moved;
  truncate ${schema}.outbox;
  return v_moved;
exception when lock_not_available then
  return -2;
end $$`;
