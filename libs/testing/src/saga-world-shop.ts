import { Catalog } from '@contexts/catalog/src/catalog.js';
import { ReleaseStockInbox } from '@contexts/catalog/src/commands/release-stock.js';
import { ReserveStockInbox } from '@contexts/catalog/src/commands/reserve-stock.js';
import { RestockReturnInbox } from '@contexts/catalog/src/commands/restock-return.js';
import { ShipStockInbox } from '@contexts/catalog/src/commands/ship-stock.js';
import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import { AuthorisePayment } from '@contexts/ordering/src/commands/authorise-payment.js';
import { CancelOrderForSagas } from '@contexts/ordering/src/commands/cancel-order.js';
import { CapturePayment } from '@contexts/ordering/src/commands/capture-payment.js';
import { ConfirmOrderForSagas } from '@contexts/ordering/src/commands/confirm-order.js';
import { CreditReturn } from '@contexts/ordering/src/commands/credit-return.js';
import { RecordPaidElsewhere } from '@contexts/ordering/src/commands/payment-paid-elsewhere.js';
import { RefundPayment } from '@contexts/ordering/src/commands/refund-payment.js';
import { TakePaymentNotice, TakePaymentNoticeHandler } from '@contexts/ordering/src/commands/take-payment-notice.js';
import { VoidPayment } from '@contexts/ordering/src/commands/void-payment.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import type { OrderCommand, PlacedOrder } from '@contexts/ordering/src/domain/order.js';
import { Orders } from '@contexts/ordering/src/orders.js';
import { Payments } from '@contexts/ordering/src/payments.js';
import type { DomainCommand } from '@kernel/decider.js';
import type { DomainEvent } from '@kernel/event.js';
import type { Repository } from '@kernel/ports/aggregates.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { PaymentProvider, ProviderNotice } from '@kernel/ports/payment-provider.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import { MemoryInbox } from './saga-world-outbox.js';
import { MemoryAggregates, MemoryReceipts, MemoryStreams, type MemoryRepository, type Recorded } from './saga-world-store.js';

/** The shop's real deciders and handlers over a store in memory. */
export class WorldShop {
  readonly streams: MemoryStreams;
  readonly inbox = new MemoryInbox();
  readonly orders: Orders;
  readonly payments: Payments;
  readonly catalog: Catalog;
  private readonly receipts: MemoryReceipts;
  private readonly notices: TakePaymentNoticeHandler;

  constructor(
    private readonly provider: PaymentProvider,
    { now, onAppend, forgetful }: { readonly now: () => string; readonly onAppend: (event: Recorded) => void; readonly forgetful: boolean },
  ) {
    this.receipts = new MemoryReceipts(forgetful);
    this.streams = new MemoryStreams([...orderingEvents, ...catalogEvents], now, onAppend);
    const aggregates = new MemoryAggregates(this.streams, this.receipts);
    this.orders = new Orders(aggregates);
    this.payments = new Payments(aggregates);
    this.catalog = new Catalog(aggregates);
    this.notices = new TakePaymentNoticeHandler(this.asStores(), this.asScope(), this.orders, this.payments);
    this.registerHandlers();
  }

  /** The aggregate as it is. */
  at<State, Command extends DomainCommand, Event extends DomainEvent>(repository: Repository<State, Command, Event>, id: string): State {
    return (repository as MemoryRepository<State, Command, Event>).now(id).state;
  }

  order(id: string): PlacedOrder {
    return this.at(this.orders.repository, id) as PlacedOrder;
  }

  receive(sku: string, quantity: number): void {
    const stock = this.catalog.stock as MemoryRepository<unknown, DomainCommand, DomainEvent>;
    stock.tell(sku, { type: 'ReceiveStock', data: { sku, quantity, reason: 'delivery' } });
  }

  /** Asks something of an order, as people do; what it refuses has no effect. */
  ask(command: OrderCommand): void {
    try {
      (this.orders.repository as MemoryRepository<unknown, OrderCommand, DomainEvent>).tell(command.data.orderId, command);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** A callback of the provider comes in. */
  async take(notice: ProviderNotice): Promise<void> {
    try {
      await this.notices.execute(new TakePaymentNotice(this.provider.name, notice));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    } finally {
      this.receipts.current = null;
    }
  }

  private registerHandlers(): void {
    const { inbox, orders, payments, catalog, provider } = this;
    for (const handler of [
      new ConfirmOrderForSagas(inbox, orders),
      new CancelOrderForSagas(inbox, orders),
      new CreditReturn(inbox, orders),
      new AuthorisePayment(inbox, orders, payments, provider),
      new RecordPaidElsewhere(inbox, payments),
      ...[CapturePayment, VoidPayment, RefundPayment].map((Handler) => new Handler(inbox, payments, provider)),
      ...[ReserveStockInbox, ReleaseStockInbox, ShipStockInbox, RestockReturnInbox].map((Handler) => new Handler(inbox, catalog)),
    ]) {
      handler.onModuleInit();
    }
  }

  private asStores(): EventStores {
    return { store: () => this.receipts } as unknown as EventStores;
  }

  private asScope(): RequestContext {
    const { receipts } = this;
    const scope = {
      principal: null,
      set idempotency(claim: typeof receipts.current) {
        receipts.current = claim;
      },
    };
    return { current: () => scope } as unknown as RequestContext;
  }
}
