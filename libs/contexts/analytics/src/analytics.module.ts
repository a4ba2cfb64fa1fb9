import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuditHandler, AuditRoute } from './commands/audit.js';
import { RebuildReadModelHandler, RebuildReadModelRoute } from './commands/rebuild-read-model.js';
import { RollBackReadModelHandler, RollBackReadModelRoute } from './commands/roll-back-read-model.js';
import { GetAuditTrailHandler, GetAuditTrailRoute } from './read-models/audit-trail/get-audit-trail.query.js';
import { ListGenerationsHandler, ListGenerationsRoute } from './read-models/generations/list-generations.query.js';
import { GetPopularProductsHandler, GetPopularProductsRoute } from './read-models/sales/get-popular-products.query.js';
import { GetSalesHandler, GetSalesRoute } from './read-models/sales/get-sales.query.js';
import { GetTopProductsHandler, GetTopProductsRoute } from './read-models/sales/get-top-products.query.js';
import { GetStockHandler, GetStockRoute } from './read-models/stock/get-stock.query.js';
import { AnalyticsSubjectData } from './read-models/subject-data/analytics-subject-data.js';

/** Analysts' questions, and the operations that keep their answers provable. Needs the read store's ports, the catalog's `Products` and the `ShopCurrency`. */
@Module({
  imports: [CqrsModule],
  controllers: [
    GetSalesRoute,
    GetTopProductsRoute,
    GetPopularProductsRoute,
    GetStockRoute,
    AuditRoute,
    GetAuditTrailRoute,
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
    GetAuditTrailHandler,
    AnalyticsSubjectData,
    ListGenerationsHandler,
    RebuildReadModelHandler,
    RollBackReadModelHandler,
  ],
})
export class AnalyticsModule {}
