import { Injectable } from '@nestjs/common';
import { Aggregates, type Decided, type Repository } from '@kernel/ports/aggregates.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { order, type Order, type OrderCommand, type OrderEvent, type PlacedOrder } from './domain/order.js';

export type { PlacedOrder } from './domain/order.js';

/** The orders of this shop, and the row that each leaves in the list of orders. */
@Injectable()
export class Orders {
  readonly repository: Repository<Order, OrderCommand, OrderEvent>;

  constructor(aggregates: Aggregates) {
    this.repository = aggregates.of('ordering', { decider: order, stream: (id) => `order-${id}`, inline: inlineRows });
  }

  /** Moves an existing order along and answers with where it stands. */
  move(orderId: string, command: OrderCommand): Promise<CommandOutcome<OrderAnswer>> {
    return this.repository.execute(orderId, command, (decided) => ({
      status: 200,
      body: toAnswer(orderId, decided),
      version: decided.version,
    })) as Promise<CommandOutcome<OrderAnswer>>;
  }
}

/** What a command about an order answers. */
export interface OrderAnswer {
  readonly id: string;
  readonly status: string;
  readonly total: { readonly amount: string; readonly currency: string };
  readonly version: number;
}

export function toAnswer(id: string, { state, version }: Pick<Decided<Order, OrderEvent>, 'state' | 'version'>): OrderAnswer {
  const { status, total, currency } = state as PlacedOrder;
  return { id, status, total: { amount: total, currency }, version };
}

function inlineRows(id: string, state: Order, version: number) {
  if (state.status === 'none') return [];
  const { status, channel, customerId, country, currency, total, units, placedAt } = state;
  const row = { id, user_id: customerId, status, channel, country, currency, total, units, placed_at: placedAt, version };
  return [{ table: 'orders', key: 'id', row }];
}
