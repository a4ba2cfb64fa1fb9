import { Body, Controller, Param, Patch } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IsNested } from '@adapters/runtime/src/http/nested.js';
import type { Money } from '@kernel/money.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { ensureValid } from '@kernel/refusal.js';
import { IsString, Length, ValidateIf } from 'class-validator';
import { Catalog } from '../catalog.js';
import { PriceBody, ProductView, toProductAnswer } from '../product.view.js';
import type { KnownProduct } from '../domain/product.js';

const given = (property: keyof ChangeProductBody) => ValidateIf((body: ChangeProductBody) => body[property] !== undefined);

export class ChangeProductBody {
  @ApiPropertyOptional({ example: 'CREAM HANGING HEART T-LIGHT HOLDER' })
  @given('name')
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({ example: 'Of glass and wire, 12 cm', description: 'Empty to remove it' })
  @given('description')
  @IsString()
  @Length(0, 5_000)
  description?: string;

  @ApiPropertyOptional({ example: 'Lighting' })
  @given('category')
  @IsString()
  @Length(1, 100)
  category?: string;

  @ApiPropertyOptional()
  @given('price')
  @IsNested(() => PriceBody)
  price?: PriceBody;
}

export class ChangeProduct {
  constructor(
    readonly sku: string,
    readonly changes: { readonly name?: string; readonly description?: string; readonly category?: string; readonly price?: Money },
  ) {}
}

@CommandHandler(ChangeProduct)
export class ChangeProductHandler implements ICommandHandler<ChangeProduct> {
  constructor(private readonly catalog: Catalog) {}

  async execute({ sku, changes }: ChangeProduct): Promise<CommandOutcome> {
    ensureValid(Object.keys(changes).length > 0, 'catalog.nothing-to-change', 'Give at least one of name, description, category and price');
    const { state: stock } = await this.catalog.stock.load(sku);
    return this.catalog.products.execute(sku, { type: 'ChangeProduct', data: { sku, ...changes } }, ({ state, version }) => ({
      status: 200,
      body: toProductAnswer(sku, state as KnownProduct, stock, version),
      version,
    }));
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class ChangeProductRoute {
  constructor(private readonly commands: CommandBus) {}

  @Patch(':sku')
  @ApiOperation({ description: 'Changes what is given; what is left out stays. Orders that are placed already keep their prices.' })
  @CommandRoute('catalog')
  @RequirePermission('catalog:write')
  @ApiOkResponse({ type: ProductView })
  @ApiBadRequestResponse({ description: 'catalog.nothing-to-change' })
  @ApiNotFoundResponse({ description: 'catalog.product-not-found' })
  @ApiConflictResponse({ description: 'catalog.product-retired' })
  change(@Param('sku') sku: string, @Body() { name, description, category, price }: ChangeProductBody): Promise<CommandOutcome> {
    const changes = {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(category !== undefined && { category }),
      ...(price !== undefined && { price: { amount: price.amount, currency: price.currency } }),
    };
    return this.commands.execute(new ChangeProduct(sku, changes));
  }
}
