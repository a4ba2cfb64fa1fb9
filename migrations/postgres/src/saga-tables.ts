/** A table of commands that are still to be carried out; what is claimed is not tried before `next_attempt_at` either, so one column tells both what waits and what is in hand. */
export const commandQueue = (schema: string, table: string, source = ''): string[] => [
  `create table ${schema}.${table} (
     seq bigint generated always as identity (cache 1) primary key,
     id text not null unique,${source}
     saga text not null,
     saga_id text not null,
     target text not null,
     name text not null,
     data text not null,
     actor text,
     correlation_id uuid not null,
     causation_id uuid,
     traceparent text,
     attempts int not null default 0,
     next_attempt_at timestamptz not null default '-infinity',
     claimed_by text,
     error text,
     parked boolean not null default false
   )`,
  // A queue: its rows live for milliseconds, and each claim wades through the dead ones that are still there.
  `alter table ${schema}.${table} set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, fillfactor = 50)`,
];

/**
 * The tables and functions of the sagas that one context holds, beside its event store. Their truth is their streams; these are what is left to do
 * (commands, deadlines, parked messages), how far their consumers have come, and the list for people.
 */
export const sagaTables = (schema: string): string[] => [
  ...commandQueue(schema, 'command_outbox'),
  `create index command_outbox_saga on ${schema}.command_outbox (saga, saga_id)`,
  `create index command_outbox_parked on ${schema}.command_outbox (saga, saga_id) where parked`,
  `create table ${schema}.deadline (
     saga text not null,
     saga_id text not null,
     name text not null,
     due_at timestamptz(3) not null,
     primary key (saga, saga_id, name)
   )`,
  `create index deadline_due_at on ${schema}.deadline (due_at)`,
  `create table ${schema}.checkpoint (
     consumer text not null,
     context text not null,
     partition int not null,
     position bigint not null,
     primary key (consumer, context, partition)
   )`,
  `create table ${schema}.saga (
     stream text primary key,
     saga text not null,
     id text not null,
     status text not null,
     step text not null,
     outcome text,
     started_at timestamptz(3) not null,
     moved_at timestamptz(3) not null,
     version int not null,
     unique (saga, id)
   )`,
  `create index saga_started_at on ${schema}.saga (started_at desc, saga desc, id desc)`,
  `create index saga_of_name on ${schema}.saga (saga, started_at desc, id desc)`,
  `create index saga_status on ${schema}.saga (status, started_at desc, saga desc, id desc)`,
  `create index saga_id on ${schema}.saga (id)`,
  // Most sagas have ended; what is counted and watched is the few that have not.
  `create index saga_alive on ${schema}.saga (status, moved_at) where status <> 'ended'`,
  `create table ${schema}.parked_message (
     seq bigint generated always as identity (cache 1) primary key,
     saga text not null,
     saga_id text not null,
     message_id text not null,
     type text not null,
     version int not null,
     data text not null,
     at timestamptz(3) not null,
     stream text not null,
     actor text,
     correlation_id uuid not null,
     causation_id uuid,
     traceparent text,
     reason text not null,
     parked_at timestamptz(3) not null default clock_timestamp(),
     unique (saga, saga_id, message_id)
   )`,
  recordFunction(schema),
  claimFunction(schema),
  finishFunction(schema),
];

export const dropSagaTables = (schema: string): string[] => [
  `drop function ${schema}.finish_commands(text[])`,
  `drop function ${schema}.claim_commands(text, text[], text[], int, int, float8)`,
  `drop function ${schema}.record_sagas(text, text, int, bigint, bigint, json, json, json, json, json, json)`,
  ...['parked_message', 'saga', 'checkpoint', 'deadline', 'command_outbox'].map((table) => `drop table ${schema}.${table}`),
];

/**
 * What a batch of saga steps leaves behind, in the transaction of their append. NC004: the checkpoint is not where it was thought to be.
 * NC001: a saga is no longer held by a parked message, so the batch was decided on what is over.
 */
const recordFunction = (schema: string): string => `
create function ${schema}.record_sagas(
  p_consumer text, p_context text, p_partition int, p_from bigint, p_to bigint,
  p_held json, p_commands json, p_set json, p_cleared json, p_parked json, p_released json
) returns void language plpgsql as $$
declare
  v_held record;
begin
  if p_consumer is not null then
    insert into ${schema}.checkpoint as c (consumer, context, partition, position) values (p_consumer, p_context, p_partition, p_to)
      on conflict (consumer, context, partition) do update set position = p_to where c.position = p_from;
    if not found then
      raise exception 'stale checkpoint' using errcode = 'NC004';
    end if;
  end if;
  if p_held is not null then
    for v_held in select * from json_to_recordset(p_held) as h(saga text, "sagaId" text) order by 1, 2 loop
      -- Whoever releases the message that holds the saga waits for this transaction, or this one for that.
      perform from ${schema}.parked_message where saga = v_held.saga and saga_id = v_held."sagaId" for key share;
      if not found then
        raise exception 'stale version' using errcode = 'NC001', detail = v_held.saga || ' ' || v_held."sagaId";
      end if;
    end loop;
  end if;
  if p_released is not null then
    delete from ${schema}.parked_message p using json_to_recordset(p_released) as r(saga text, "sagaId" text, "messageId" text)
      where p.saga = r.saga and p.saga_id = r."sagaId" and p.message_id = r."messageId";
  end if;
  if p_parked is not null then
    insert into ${schema}.parked_message (saga, saga_id, message_id, type, version, data, at, stream, actor, correlation_id, causation_id, traceparent, reason)
      select * from json_to_recordset(p_parked) as m(saga text, "sagaId" text, "messageId" text, type text, version int, data text, at timestamptz,
        stream text, actor text, "correlationId" uuid, "causationId" uuid, traceparent text, reason text)
      on conflict (saga, saga_id, message_id) do update set reason = excluded.reason, parked_at = excluded.parked_at;
  end if;
  if p_cleared is not null then
    delete from ${schema}.deadline d using json_to_recordset(p_cleared) as c(saga text, "sagaId" text, name text)
      where d.saga = c.saga and d.saga_id = c."sagaId" and d.name = c.name;
  end if;
  if p_set is not null then
    insert into ${schema}.deadline (saga, saga_id, name, due_at)
      select * from json_to_recordset(p_set) as s(saga text, "sagaId" text, name text, due timestamptz)
      on conflict (saga, saga_id, name) do update set due_at = excluded.due_at;
  end if;
  if p_commands is not null then
    insert into ${schema}.command_outbox (id, saga, saga_id, target, name, data, actor, correlation_id, causation_id, traceparent)
      select * from json_to_recordset(p_commands) as c(id text, saga text, "sagaId" text, target text, name text, data text, actor text,
        "correlationId" uuid, "causationId" uuid, traceparent text);
  end if;
end $$`;

/**
 * Claims what is due: at most p_asking of the commands whose 'context.name' is in p_asks, and p_others of the others for p_targets. The commit does not wait for the disk: a
 * claim that a power cut takes back only means that the commands are carried out again, which their receipts catch.
 */
export const claimFunction = (schema: string, table = 'command_outbox', name = 'claim_commands'): string => `
create function ${schema}.${name}(p_owner text, p_targets text[], p_asks text[], p_others int, p_asking int, p_lease_ms float8)
returns setof ${schema}.${table} language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  return query
  with others as materialized (
    select seq from ${schema}.${table}
    where not parked and next_attempt_at <= clock_timestamp() and target = any(p_targets) and target || '.' || name <> all(p_asks)
    order by seq limit p_others for update skip locked
  ), asking as materialized (
    select seq from ${schema}.${table}
    where not parked and next_attempt_at <= clock_timestamp() and target || '.' || name = any(p_asks)
    order by seq limit p_asking for update skip locked
  )
  update ${schema}.${table} o
  set attempts = o.attempts + 1, claimed_by = p_owner, next_attempt_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
  where o.seq in (select seq from others union all select seq from asking)
  returning o.*;
end $$`;

/** Forgets commands that were carried out; asynchronously for the same reason. */
export const finishFunction = (schema: string, table = 'command_outbox', name = 'finish_commands'): string => `
create function ${schema}.${name}(p_ids text[]) returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  delete from ${schema}.${table} where id = any(p_ids);
end $$`;
