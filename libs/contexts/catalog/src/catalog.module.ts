import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Catalog } from './catalog.js';
import { ChangeProductHandler, ChangeProductRoute } from './commands/change-product.js';
import { CreateProductHandler, CreateProductRoute } from './commands/create-product.js';
import { ImportProductsHandler } from './commands/import-products.js';
import { MoveStockHandler, MoveStockRoute } from './commands/move-stock.js';
import { ReleaseStockInbox } from './commands/release-stock.js';
import { ReserveStockInbox } from './commands/reserve-stock.js';
import { RestockReturnInbox } from './commands/restock-return.js';
import { RetireProductHandler, RetireProductRoute } from './commands/retire-product.js';
import { SetLowStockThresholdHandler, SetLowStockThresholdRoute } from './commands/set-low-stock-threshold.js';
import { ShipStockInbox } from './commands/ship-stock.js';
import { Products } from './contract/products.js';
import { CatalogProducts } from './read-models/products/catalog-products.js';
import { GetProductPricesHandler, GetProductPricesRoute } from './read-models/products/get-product-prices.query.js';
import { GetProductHandler, GetProductRoute } from './read-models/products/get-product.query.js';
import { ListProductsHandler, ListProductsRoute } from './read-models/products/list-products.query.js';
import { PricedIn } from './read-models/products/priced-in.js';

/** What it does for sagas; each registers itself with the command inbox. */
const INBOX = [ReserveStockInbox, ReleaseStockInbox, ShipStockInbox, RestockReturnInbox];

/** Global for its `Products` port, which other contexts in this process ask. Needs the event store's ports, the `CommandInbox` and the `ShopCurrency`. */
@Global()
@Module({
  imports: [CqrsModule],
  controllers: [
    CreateProductRoute,
    ListProductsRoute,
    GetProductRoute,
    GetProductPricesRoute,
    ChangeProductRoute,
    RetireProductRoute,
    MoveStockRoute,
    SetLowStockThresholdRoute,
  ],
  providers: [
    Catalog,
    CreateProductHandler,
    ChangeProductHandler,
    RetireProductHandler,
    MoveStockHandler,
    SetLowStockThresholdHandler,
    ImportProductsHandler,
    ...INBOX,
    GetProductHandler,
    GetProductPricesHandler,
    ListProductsHandler,
    { provide: Products, useClass: CatalogProducts },
    PricedIn,
  ],
  exports: [Catalog, PricedIn, Products],
})
export class CatalogModule {}
