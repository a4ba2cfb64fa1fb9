import { Body, Controller, Param, Put } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsInt, Max, Min } from 'class-validator';
import { Catalog } from '../catalog.js';
import { StockAnswerView, toStockAnswer } from '../product.view.js';
import { ensureProduct } from './ensure-product.js';

export class SetLowStockThresholdBody {
  @ApiProperty({ example: 5, minimum: 0, maximum: 1_000_000, description: 'At so many that can be sold, or fewer, stock is low' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  threshold: number;
}

export class SetLowStockThreshold {
  constructor(
    readonly sku: string,
    readonly threshold: number,
  ) {}
}

@CommandHandler(SetLowStockThreshold)
export class SetLowStockThresholdHandler implements ICommandHandler<SetLowStockThreshold> {
  constructor(private readonly catalog: Catalog) {}

  async execute({ sku, threshold }: SetLowStockThreshold): Promise<CommandOutcome> {
    await ensureProduct(this.catalog, sku);
    return this.catalog.stock.execute(sku, { type: 'SetLowStockThreshold', data: { sku, threshold } }, ({ state, version }) => ({
      status: 200,
      body: toStockAnswer(sku, state, version),
      version,
    }));
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class SetLowStockThresholdRoute {
  constructor(private readonly commands: CommandBus) {}

  @Put(':sku/stock/threshold')
  @ApiOperation({ description: 'If-Match names the version of the stock, as its commands answer it, not that of the product.' })
  @CommandRoute('catalog')
  @RequirePermission('stock:write')
  @ApiOkResponse({ type: StockAnswerView })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  set(@Param('sku') sku: string, @Body() { threshold }: SetLowStockThresholdBody): Promise<CommandOutcome> {
    return this.commands.execute(new SetLowStockThreshold(sku, threshold));
  }
}
