// Nobody asks for anything any more: waits until everything that was begun has come to its end.
import { notReady } from './recovery.mjs';
import { untilNothingIsMissing } from './wait.mjs';

const PATIENCE_MS = 150_000;
const OPERATOR_TRIES = 3;
const CONTEXTS = ['identity', 'catalog', 'ordering'];

/** @returns {Promise<string[]>} what is not at rest within the patience */
export async function quiet(world) {
  const tries = new Map();
  return untilNothingIsMissing(async () => [...(await operate(world, tries)), ...(await restless(world))], PATIENCE_MS, 500);
}

/**
 * Some cards (`tok_refund_fails`) take back no money at the first attempt, and their workflow waits for a person, who has it try again; nothing else that
 * has failed is touched.
 */
async function operate(world, tries) {
  const failed = await world.rows('ordering', `select saga, id from ordering.saga where status = 'failed' and step = 'refund-payment'`);
  const due = failed.filter(({ id }) => (tries.get(id) ?? 0) < OPERATOR_TRIES);
  for (const { saga, id } of due) {
    tries.set(id, (tries.get(id) ?? 0) + 1);
    await world.shop.admin.post(`/admin/sagas/${saga}/${id}/retry`);
  }
  return due.map(({ saga, id }) => `${saga} ${id} is tried again`);
}

async function restless(world) {
  const waiting = world.journal.unresolved;
  const parts = await Promise.all([...CONTEXTS.map((context) => restlessLog(world, context)), restlessWork(world)]);
  return [
    ...notReady(world),
    ...(waiting.length > 0 ? [`${waiting.length} commands have no answer, such as ${waiting[0].kind} ${waiting[0].key}`] : []),
    ...parts.flat(),
  ];
}

/** What was appended has its position, was sent, and has landed. */
async function restlessLog(world, context) {
  const [at] = await world.rows(
    context,
    `select (select count(*) from ${context}.outbox)::int as outbox, (select position from ${context}.sequencer)::int as logged, (select position from ${context}.relay)::int as sent`,
  );
  const [landing] = await world.rows('analytics', `select watermark::int from analytics.landing where context = $1`, [context]);
  const open = await world.rows('analytics', `select number from analytics.landing_intent where context = $1 and state = 'open'`, [context]);
  return [
    ...(at.outbox > 0 ? [`${at.outbox} events of ${context} have no position`] : []),
    ...(at.sent < at.logged ? [`${context}: sent up to ${at.sent} of ${at.logged}`] : []),
    ...((landing?.watermark ?? 0) < at.logged ? [`${context}: landed up to ${landing?.watermark} of ${at.logged}`] : []),
    ...(open.length > 0 ? [`${context}: ${open.length} blocks are open`] : []),
  ];
}

/** Events that are to begin a workflow, and have not. */
const unbegun = (type, saga, id) =>
  `ordering.event e where e.type = '${type}' and not exists (select from ordering.saga s where s.saga = '${saga}' and s.id = e.data::json ->> '${id}')`;

/** Commands between services, workflows, and the payment service. */
async function restlessWork(world) {
  const count = async (context, what, sql) => {
    const [{ n }] = await world.rows(context, `select count(*)::int as n from ${sql}`);
    return n > 0 ? [`${n} ${what}`] : [];
  };
  const parts = await Promise.all([
    count('ordering', 'commands have not left ordering', 'ordering.command_outbox where not parked'),
    count('ordering', 'commands wait in ordering', 'ordering.command_inbox where not parked'),
    count('catalog', 'commands wait in the catalog', 'catalog.command_inbox where not parked'),
    count('ordering', 'workflows are under way', `ordering.saga where status in ('running', 'compensating')`),
    count('ordering', 'orders wait for their workflow', unbegun('ordering.OrderPlaced', 'fulfilment', 'orderId')),
    count('ordering', 'returns wait for their workflow', unbegun('ordering.ReturnReceived', 'return', 'returnId')),
    count('ordering', 'charges have not settled', 'payments_simulator.charge where settles_at is not null'),
    count('ordering', 'notices of the payment service are not delivered', 'payments_simulator.callback where delivered_at is null'),
    count('ordering', 'refunds are still to fail', 'payments_simulator.refund where fails_at is not null'),
  ]);
  return parts.flat();
}
