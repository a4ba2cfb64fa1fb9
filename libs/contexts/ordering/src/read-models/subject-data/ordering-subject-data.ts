import { Injectable } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import { SubjectData, toSubjectEvent, type SubjectEvent, type SubjectSection } from '@kernel/ports/subject-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { orderingEvents } from '../../contract/events.js';
import { Orders, type PlacedOrder } from '../../orders.js';
import { Payments, toFigures } from '../../payments.js';

/** Orders that are read at a time. */
const BATCH = 100;

/** By id: an order that is placed meanwhile neither moves the others nor is told twice. */
const ORDERS = {
  name: 'orders-of-subject',
  text: `select id from ordering.orders where user_id = $1 and ($2::text is null or id > $2) order by id limit ${BATCH}`,
};

const registry = new SchemaRegistry(orderingEvents);

/** A customer's orders, with what was sent, sent back and paid, and everything that happened to them. */
@Injectable()
export class OrderingSubjectData extends SubjectData {
  readonly context = 'ordering';

  constructor(
    private readonly reads: TransactionalReads,
    private readonly stores: EventStores,
    private readonly orders: Orders,
    private readonly payments: Payments,
  ) {
    super();
  }

  sections(subject: string): SubjectSection[] {
    return [
      { name: 'orders', content: this.ordersOf(subject) },
      { name: 'events', content: this.eventsOf(subject) },
    ];
  }

  private async *ordersOf(subject: string): AsyncGenerator<object> {
    for await (const ids of this.batches(subject)) {
      const [orders, payments] = await Promise.all([this.orders.repository.loadMany(ids), this.payments.repository.loadMany(ids)]);
      for (const id of ids) {
        const { customerId: _, goods: _goods, ...order } = orders.get(id)!.state as PlacedOrder;
        const paid = order.payment === null ? null : { ...order.payment, ...toFigures(payments.get(id)!.state) };
        yield { id, ...order, payment: paid };
      }
    }
  }

  private async *eventsOf(subject: string): AsyncGenerator<SubjectEvent> {
    for await (const ids of this.batches(subject)) {
      const streams = ids.flatMap((id) => [this.orders.repository.stream(id), this.payments.repository.stream(id)]);
      const stored = await this.stores.store('ordering').readMany(streams);
      for (const stream of streams)
        for (const event of stored.get(stream) ?? [])
          yield toSubjectEvent(event, subject, registry.upcast(event.type, event.version, JSON.parse(event.data)));
    }
  }

  private async *batches(subject: string): AsyncGenerator<string[]> {
    for (let after: string | null = null; ;) {
      const rows: { id: string }[] = await this.reads.query<{ id: string }>('ordering', ORDERS, [subject, after]);
      if (rows.length > 0) yield rows.map(({ id }) => id);
      if (rows.length < BATCH) return;
      after = rows.at(-1)!.id;
    }
  }
}
