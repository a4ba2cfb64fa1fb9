import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuditHandler, AuditRoute } from './commands/audit.js';
import { RebuildReadModelHandler, RebuildReadModelRoute } from './commands/rebuild-read-model.js';
import { RollBackReadModelHandler, RollBackReadModelRoute } from './commands/roll-back-read-model.js';
import { ListGenerationsHandler, ListGenerationsRoute } from './read-models/generations/list-generations.query.js';
import { GetPopularProductsHandler, GetPopularProductsRoute } from './read-models/sales/get-popular-products.query.js';
import { GetSalesHandler, GetSalesRoute } from './read-models/sales/get-sales.query.js';
import { GetTopProductsHandler, GetTopProductsRoute } from './read-models/sales/get-top-products.query.js';
import { GetStockHandler, GetStockRoute } from './read-models/stock/get-stock.query.js';

/** Analysts' questions, and the operations that keep their answers provable. Needs the read store's ports and the catalog's `Products`. */
@Module({
  imports: [CqrsModule],
  controllers: [
    GetSalesRoute,
    GetTopProductsRoute,
    GetPopularProductsRoute,
    GetStockRoute,
    AuditRoute,
    ListGenerationsRoute,
    RebuildReadModelRoute,
    RollBackReadModelRoute,
  ],
  providers: [
    GetSalesHandler,
    GetTopProductsHandler,
    GetPopularProductsHandler,
    GetStockHandler,
    AuditHandler,
    ListGenerationsHandler,
    RebuildReadModelHandler,
    RollBackReadModelHandler,
  ],
})
export class AnalyticsModule {}
