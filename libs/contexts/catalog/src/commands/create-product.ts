import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiCreatedResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import { IsNested } from '@adapters/runtime/src/http/nested.js';
import type { Money } from '@kernel/money.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsNotIn, IsString, Length, Matches } from 'class-validator';
import { Catalog } from '../catalog.js';
import { PriceBody, ProductView, toProductAnswer } from '../product.view.js';
import type { KnownProduct } from '../domain/product.js';
import { stock } from '../domain/stock.js';

export class CreateProductBody {
  @ApiProperty({ example: '85123A', description: 'Case-sensitive' })
  @IsString()
  @Matches(/^[^\s/?#%\p{Cc}\p{Cs}](?:[^/?#%\p{Cc}\p{Cs}]{0,62}[^\s/?#%\p{Cc}\p{Cs}])?$/u, {
    message: 'sku must be 1 to 64 characters, without / ? # % or blanks at its ends',
  })
  // GET /products/popular is another question, and browsers take dots for steps of a path.
  @IsNotIn(['popular', '.', '..'])
  sku: string;

  @ApiProperty({ example: 'WHITE HANGING HEART T-LIGHT HOLDER' })
  @IsString()
  @Length(1, 200)
  name: string;

  @ApiPropertyOptional()
  @IfGiven()
  @IsString()
  @Length(0, 5_000)
  description?: string;

  @ApiProperty({ example: 'Lighting' })
  @IsString()
  @Length(1, 100)
  category: string;

  @ApiProperty()
  @IsNested(() => PriceBody)
  price: PriceBody;
}

export class CreateProduct {
  constructor(
    readonly sku: string,
    readonly name: string,
    readonly category: string,
    readonly price: Money,
    readonly description: string = '',
  ) {}
}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(private readonly catalog: Catalog) {}

  execute({ sku, name, description, category, price: { amount, currency } }: CreateProduct): Promise<CommandOutcome> {
    const command = { type: 'CreateProduct' as const, data: { sku, name, description, category, price: { amount, currency } } };
    return this.catalog.products.create(sku, command, ({ state, version }) => ({
      status: 201,
      // Stock is taken in for products only, so a new one has none.
      body: toProductAnswer(sku, state as KnownProduct, stock.initial, version),
      version,
      location: `/api/v1/products/${encodeURIComponent(sku)}`,
    }));
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class CreateProductRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({ description: 'It is for sale at once, and has no stock until some is received.' })
  @HttpCode(201)
  @CommandRoute('catalog')
  @RequirePermission('catalog:write')
  @ApiCreatedResponse({ type: ProductView })
  @ApiConflictResponse({ description: 'catalog.product-exists' })
  create(@Body() { sku, name, description, category, price }: CreateProductBody): Promise<CommandOutcome> {
    return this.commands.execute(new CreateProduct(sku, name, category, price, description));
  }
}
