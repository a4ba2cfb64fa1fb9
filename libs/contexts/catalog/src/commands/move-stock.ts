import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiCreatedResponse, ApiNotFoundResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsInt, IsString, Length, Max, Min, NotEquals } from 'class-validator';
import { Catalog } from '../catalog.js';
import { StockAnswerView, toStockAnswer } from '../product.view.js';
import { ensureProduct } from './ensure-product.js';

export class MoveStockBody {
  @ApiProperty({ example: 100, description: 'Signed: what comes in is positive' })
  @IsInt()
  @NotEquals(0)
  @Min(-1_000_000)
  @Max(1_000_000)
  quantity: number;

  @ApiProperty({ example: 'received', description: '`received` receives goods; any other reason adjusts the count' })
  @IsString()
  @Length(1, 200)
  reason: string;
}

export class MoveStock {
  constructor(
    readonly sku: string,
    readonly quantity: number,
    readonly reason: string,
  ) {}
}

const RECEIVING = new Set(['receive', 'received']);

@CommandHandler(MoveStock)
export class MoveStockHandler implements ICommandHandler<MoveStock> {
  constructor(private readonly catalog: Catalog) {}

  async execute({ sku, quantity, reason }: MoveStock): Promise<CommandOutcome> {
    await ensureProduct(this.catalog, sku);
    const type = RECEIVING.has(reason) ? 'ReceiveStock' : 'AdjustStock';
    return this.catalog.stock.execute(sku, { type, data: { sku, quantity, reason } }, ({ state, version }) => ({
      status: 201,
      body: toStockAnswer(sku, state, version),
      version,
      location: `/api/v1/products/${encodeURIComponent(sku)}`,
    }));
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class MoveStockRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':sku/stock')
  @ApiOperation({
    description:
      'Receives goods, or corrects their count. If-Match names the version of the stock, as its commands answer it, not that of the product.',
  })
  @HttpCode(201)
  @CommandRoute('catalog')
  @RequirePermission('stock:write')
  @ApiCreatedResponse({ type: StockAnswerView })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  @ApiConflictResponse({ description: 'catalog.stock-below-zero, catalog.stock-reserved, catalog.stock-too-large' })
  move(@Param('sku') sku: string, @Body() body: MoveStockBody): Promise<CommandOutcome> {
    return this.commands.execute(new MoveStock(sku, body.quantity, body.reason));
  }
}
