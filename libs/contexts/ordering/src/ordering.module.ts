import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CancelOrderHandler, CancelOrderRoute } from './commands/cancel-order.js';
import { ConfirmOrderHandler, ConfirmOrderRoute } from './commands/confirm-order.js';
import { CreditOrderHandler, CreditOrderRoute } from './commands/credit-order.js';
import { DeliverOrderHandler, DeliverOrderRoute } from './commands/deliver-order.js';
import { ImportHistoryRoute, ImportOrdersHandler } from './commands/import-history.js';
import { PlaceOrderHandler, PlaceOrderRoute } from './commands/place-order.js';
import { ShipOrderHandler, ShipOrderRoute } from './commands/ship-order.js';
import { CreditNotes } from './credit-notes.js';
import { Orders } from './orders.js';
import { GetOrderHistoryHandler, GetOrderHistoryRoute } from './read-models/orders/get-order-history.query.js';
import { GetOrderHandler, GetOrderRoute } from './read-models/orders/get-order.query.js';
import { ListOrdersHandler, ListOrdersRoute } from './read-models/orders/list-orders.query.js';

/** Needs the catalog's `Products` port and the event store's `Aggregates`. */
@Module({
  imports: [CqrsModule],
  controllers: [
    PlaceOrderRoute,
    ListOrdersRoute,
    GetOrderRoute,
    GetOrderHistoryRoute,
    ConfirmOrderRoute,
    ShipOrderRoute,
    DeliverOrderRoute,
    CancelOrderRoute,
    CreditOrderRoute,
    ImportHistoryRoute,
  ],
  providers: [
    Orders,
    CreditNotes,
    PlaceOrderHandler,
    ConfirmOrderHandler,
    ShipOrderHandler,
    DeliverOrderHandler,
    CancelOrderHandler,
    CreditOrderHandler,
    ImportOrdersHandler,
    GetOrderHandler,
    GetOrderHistoryHandler,
    ListOrdersHandler,
  ],
  exports: [Orders],
})
export class OrderingModule {}
