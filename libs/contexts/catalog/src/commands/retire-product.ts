import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { Catalog } from '../catalog.js';
import { ProductView, toProductAnswer } from '../product.view.js';
import type { KnownProduct } from '../domain/product.js';

export class RetireProduct {
  constructor(readonly sku: string) {}
}

@CommandHandler(RetireProduct)
export class RetireProductHandler implements ICommandHandler<RetireProduct> {
  constructor(private readonly catalog: Catalog) {}

  async execute({ sku }: RetireProduct): Promise<CommandOutcome> {
    const { state: stock } = await this.catalog.stock.load(sku);
    return this.catalog.products.execute(sku, { type: 'RetireProduct', data: { sku } }, ({ state, version }) => ({
      status: 200,
      body: toProductAnswer(sku, state as KnownProduct, stock, version),
      version,
    }));
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class RetireProductRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':sku/retire')
  @ApiOperation({ description: 'No longer sold, listed or changed. Orders that are placed already are still fulfilled.' })
  @HttpCode(200)
  @CommandRoute('catalog')
  @RequirePermission('catalog:write')
  @ApiOkResponse({ type: ProductView })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  retire(@Param('sku') sku: string): Promise<CommandOutcome> {
    return this.commands.execute(new RetireProduct(sku));
  }
}
