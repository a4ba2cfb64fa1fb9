import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Catalog } from './catalog.js';
import { ChangeProductHandler, ChangeProductRoute } from './commands/change-product.js';
import { ImportProductsHandler } from './commands/import-products.js';
import { CreateProductHandler, CreateProductRoute } from './commands/create-product.js';
import { MoveStockHandler, MoveStockRoute } from './commands/move-stock.js';
import { Products } from './contract/products.js';
import { CatalogProducts } from './read-models/products/catalog-products.js';
import { GetProductHandler, GetProductRoute } from './read-models/products/get-product.query.js';
import { ListProductsHandler, ListProductsRoute } from './read-models/products/list-products.query.js';

/** Global for its `Products` port, which other contexts in this process ask. Needs the event store's ports. */
@Global()
@Module({
  imports: [CqrsModule],
  controllers: [CreateProductRoute, ListProductsRoute, GetProductRoute, ChangeProductRoute, MoveStockRoute],
  providers: [
    Catalog,
    CreateProductHandler,
    ChangeProductHandler,
    MoveStockHandler,
    ImportProductsHandler,
    GetProductHandler,
    ListProductsHandler,
    { provide: Products, useClass: CatalogProducts },
  ],
  exports: [Catalog, Products],
})
export class CatalogModule {}
