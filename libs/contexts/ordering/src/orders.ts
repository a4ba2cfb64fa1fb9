import { Injectable } from '@nestjs/common';
import type { Money } from '@kernel/money.js';
import { Aggregates, type Decided, type Repository } from '@kernel/ports/aggregates.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { exists, orderNotFound } from './domain/order-state.js';
import { order, type Order, type OrderCommand, type OrderEvent, type PlacedOrder } from './domain/order.js';

export { ORDER_STATUSES, RETURN_STATUSES } from './domain/order-state.js';
export type { PlacedOrder } from './domain/order.js';

/** The orders of this shop, and the row that each leaves in the list of orders. */
@Injectable()
export class Orders {
  readonly repository: Repository<Order, OrderCommand, OrderEvent>;

  constructor(aggregates: Aggregates) {
    this.repository = aggregates.of('ordering', { decider: order, stream: (id) => `order-${id}`, inline: inlineRows });
  }

  /**
   * A stranger's order is answered as one that does not exist, so that ids tell nothing. An order never changes hands.
   * @throws Refusal `ordering.order-not-found`
   */
  async mustBelongTo(orderId: string, customerId: string): Promise<void> {
    const { state } = await this.repository.load(orderId, { version: 1 });
    if (exists(state).customerId !== customerId) throw orderNotFound();
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
  readonly total: Money;
  readonly version: number;
}

export function toAnswer(id: string, { state, version }: Pick<Decided<Order, OrderEvent>, 'state' | 'version'>): OrderAnswer {
  const { status, total, currency } = state as PlacedOrder;
  return { id, status, total: { amount: total, currency }, version };
}

/** Whose orders a principal may decide about: the customer's own id, or null for anybody's. */
export const ownOrAny = ({ id, permissions }: Principal): string | null => (permissions.includes('orders:manage') ? null : id);

function inlineRows(id: string, state: Order, version: number) {
  if (state.status === 'none') return [];
  const { status, channel, customerId, country, currency, total, units, placedAt } = state;
  const row = { id, user_id: customerId, status, channel, country, currency, total, units, placed_at: placedAt, version };
  return [{ table: 'orders', key: 'id', row }];
}
