import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IsNested } from '@adapters/runtime/src/http/nested.js';
import type { Money } from '@kernel/money.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsString, Length, Matches } from 'class-validator';
import { Catalog } from '../catalog.js';
import { PriceBody, ProductView } from '../product.view.js';
import type { KnownProduct } from '../domain/product.js';

export class CreateProductBody {
  @ApiProperty({ example: '85123A', description: 'Case-sensitive' })
  @IsString()
  @Matches(/^(?!\.{1,2}$)[^\s/?#%\p{Cc}\p{Cs}](?:[^/?#%\p{Cc}\p{Cs}]{0,62}[^\s/?#%\p{Cc}\p{Cs}])?$/u, {
    message: 'sku must be 1 to 64 characters, without / ? # % or blanks at its ends',
  })
  sku: string;

  @ApiProperty({ example: 'WHITE HANGING HEART T-LIGHT HOLDER' })
  @IsString()
  @Length(1, 200)
  name: string;

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
  ) {}
}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(private readonly catalog: Catalog) {}

  execute({ sku, name, category, price }: CreateProduct): Promise<CommandOutcome> {
    const command = { type: 'CreateProduct' as const, data: { sku, name, category, price: { amount: price.amount, currency: price.currency } } };
    return this.catalog.products.create(sku, command, ({ state, version }) => {
      const created = state as KnownProduct;
      const body = { sku, name: created.name, category: created.category, price: created.price, stock: 0, version };
      return { status: 201, body, version, location: `/api/v1/products/${encodeURIComponent(sku)}` };
    });
  }
}

@ApiTags('catalog')
@Controller('api/v1/products')
export class CreateProductRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(201)
  @CommandRoute('catalog')
  @RequirePermission('catalog:write')
  @ApiCreatedResponse({ type: ProductView })
  create(@Body() body: CreateProductBody): Promise<CommandOutcome> {
    return this.commands.execute(new CreateProduct(body.sku, body.name, body.category, body.price));
  }
}
