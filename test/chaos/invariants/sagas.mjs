import { eventsOf } from './events.mjs';
import { againstReturns } from './returns.mjs';

export const sagas = {
  name: 'I3 every workflow is at a legal end',
  async check(world) {
    const found = await Promise.all([
      world.rows('ordering', `select saga, id, status, step from ordering.saga where status not in ('resting', 'ended')`),
      world.rows('ordering', `select saga, saga_id as id, 'parked' as status, reason as step from ordering.parked_message`),
      world.rows('ordering', `select saga, saga_id as id, 'parked command' as status, error as step from ordering.command_outbox where parked`),
      world.rows('ordering', `select saga, saga_id as id, 'parked command' as status, error as step from ordering.command_inbox where parked`),
      world.rows('catalog', `select saga, saga_id as id, 'parked command' as status, error as step from catalog.command_inbox where parked`),
    ]);
    const stuck = found.flat().map(({ saga, id, status, step }) => `${saga} ${id}: ${status} at ${step}`);
    const [orders, stock, returns] = await Promise.all([
      eventsOf(world, 'ordering', 'order'),
      eventsOf(world, 'catalog', 'stock'),
      world.rows('ordering', `select id, status, outcome from ordering.saga where saga = 'return'`),
    ]);
    return [...stuck, ...(await againstOrders(world)), ...againstReturns(orders, stock, returns)];
  },
};

/** An order is decided, and its workflow ended as the order did. */
async function againstOrders(world) {
  const rows = await world.rows(
    'ordering',
    `with o as (
       select substr(stream_id, 7) as id,
         bool_or(type = 'ordering.OrderConfirmed') as confirmed,
         bool_or(type = 'ordering.OrderCancelled') as cancelled,
         bool_or(type = 'ordering.OrderRemainderCancelled') or bool_or(type = 'ordering.OrderShipped' and (data::json ->> 'complete')::boolean) as complete
       from ordering.event where stream_id like 'order-%' group by 1)
     select o.*, s.status, s.outcome from o left join ordering.saga s on s.saga = 'fulfilment' and s.id = o.id`,
  );
  return rows.flatMap(({ id, confirmed, cancelled, complete, status, outcome }) => {
    const is = `${status} ${outcome ?? ''}`.trim();
    const due = cancelled ? 'ended cancelled' : complete ? 'ended completed' : confirmed ? 'resting' : 'decided';
    return is === due ? [] : [`order ${id} should be ${due}, its workflow is ${is}`];
  });
}
