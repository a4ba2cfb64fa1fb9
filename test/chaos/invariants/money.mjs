import { againstBook, againstOrders } from './conservation.mjs';
import { eventsOf } from './events.mjs';

export const money = {
  name: 'I8 money: authorised, captured, voided and refunded add up with the provider’s own book',
  async check(world) {
    const book = await world.rows(
      'ordering',
      `select c.payment_id as id, c.status, c.currency, c.amount::text, c.authorised::text, c.captured::text, c.voided::text, c.refunded::text,
         coalesce((select sum(r.amount) from payments_simulator.refund r where r.payment_id = c.payment_id), 0)::text as "refunds"
       from payments_simulator.charge c`,
    );
    const payments = await eventsOf(world, 'ordering', 'payment');
    return [...againstBook(payments, book), ...againstOrders(await eventsOf(world, 'ordering', 'order'), payments)];
  },
};
