import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuthorisePayment } from './commands/authorise-payment.js';
import { CancelOrderForSagas, CancelOrderHandler, CancelOrderRoute } from './commands/cancel-order.js';
import { CancelRemainderHandler, CancelRemainderRoute } from './commands/cancel-remainder.js';
import { CapturePayment } from './commands/capture-payment.js';
import { ConfirmOrderForSagas, ConfirmOrderHandler, ConfirmOrderRoute } from './commands/confirm-order.js';
import { CreditOrderHandler, CreditOrderRoute } from './commands/credit-order.js';
import { CreditReturn } from './commands/credit-return.js';
import { DeliverOrderHandler, DeliverOrderRoute } from './commands/deliver-order.js';
import { ImportHistoryRoute, ImportOrdersHandler } from './commands/import-history.js';
import { PlaceOrderHandler, PlaceOrderRoute } from './commands/place-order.js';
import { ReceiveReturnHandler, ReceiveReturnRoute } from './commands/receive-return.js';
import { RecordPaidElsewhere } from './commands/payment-paid-elsewhere.js';
import { RefundPayment } from './commands/refund-payment.js';
import { RejectReturnHandler, RejectReturnRoute } from './commands/reject-return.js';
import { RequestReturnHandler, RequestReturnRoute } from './commands/request-return.js';
import { SettledOrders } from './commands/settled-orders.js';
import { ShipOrderHandler, ShipOrderRoute } from './commands/ship-order.js';
import { PaymentCallbackRoute, TakePaymentNoticeHandler } from './commands/take-payment-notice.js';
import { VoidPayment } from './commands/void-payment.js';
import { CompensateSagaHandler, CompensateSagaRoute } from './commands/compensate-saga.js';
import { RetrySagaHandler, RetrySagaRoute } from './commands/retry-saga.js';
import { SkipSagaStepHandler, SkipSagaStepRoute } from './commands/skip-saga-step.js';
import { CreditNotes } from './credit-notes.js';
import { Fulfilments } from './fulfilments.js';
import { Orders } from './orders.js';
import { Payments } from './payments.js';
import { GetOrderHistoryHandler, GetOrderHistoryRoute } from './read-models/orders/get-order-history.query.js';
import { GetOrderHandler, GetOrderRoute } from './read-models/orders/get-order.query.js';
import { ListOrdersHandler, ListOrdersRoute } from './read-models/orders/list-orders.query.js';
import { OrderingSubjectData } from './read-models/subject-data/ordering-subject-data.js';
import { GetSagaHandler, GetSagaRoute } from './read-models/sagas/get-saga.query.js';
import { ListSagasHandler, ListSagasRoute } from './read-models/sagas/list-sagas.query.js';

const routes = [
  PlaceOrderRoute,
  ListOrdersRoute,
  GetOrderRoute,
  GetOrderHistoryRoute,
  ConfirmOrderRoute,
  ShipOrderRoute,
  DeliverOrderRoute,
  CancelOrderRoute,
  CancelRemainderRoute,
  CreditOrderRoute,
  RequestReturnRoute,
  ReceiveReturnRoute,
  RejectReturnRoute,
  PaymentCallbackRoute,
  ImportHistoryRoute,
  ListSagasRoute,
  GetSagaRoute,
  RetrySagaRoute,
  SkipSagaStepRoute,
  CompensateSagaRoute,
];

const handlers = [
  PlaceOrderHandler,
  ConfirmOrderHandler,
  ShipOrderHandler,
  DeliverOrderHandler,
  CancelOrderHandler,
  CancelRemainderHandler,
  CreditOrderHandler,
  RequestReturnHandler,
  ReceiveReturnHandler,
  RejectReturnHandler,
  TakePaymentNoticeHandler,
  ImportOrdersHandler,
  GetOrderHandler,
  GetOrderHistoryHandler,
  ListOrdersHandler,
  ListSagasHandler,
  GetSagaHandler,
  RetrySagaHandler,
  SkipSagaStepHandler,
  CompensateSagaHandler,
];

/** What sagas may ask of ordering. */
const forSagas = [
  ConfirmOrderForSagas,
  CancelOrderForSagas,
  AuthorisePayment,
  CapturePayment,
  VoidPayment,
  RecordPaidElsewhere,
  RefundPayment,
  CreditReturn,
];

/**
 * Needs the catalog's `Products` and identity's `Customers`, a `PaymentProvider`, the `ShopTerms`, and the event store's `Aggregates`, `EventStores`,
 * `BulkCommands`, `TransactionalReads` and `CommandInbox`.
 */
@Module({
  imports: [CqrsModule],
  controllers: routes,
  providers: [Orders, Payments, Fulfilments, CreditNotes, SettledOrders, OrderingSubjectData, ...handlers, ...forSagas],
  exports: [Orders, SettledOrders],
})
export class OrderingModule {}
