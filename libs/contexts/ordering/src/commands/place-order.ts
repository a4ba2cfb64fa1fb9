import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IsNestedArray } from '@adapters/runtime/src/http/nested.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import { Clock } from '@kernel/clock.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { ensureValid, Refusal } from '@kernel/refusal.js';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import { Orders, toAnswer } from '../orders.js';
import { OrderAnswerView } from '../order-answer.view.js';

export class OrderLineBody {
  @ApiProperty({ example: '85123A' })
  @IsString()
  @Length(1, 64)
  sku: string;

  @ApiProperty({ example: 2, minimum: 1, maximum: 1_000_000 })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity: number;
}

export class PlaceOrderBody {
  @ApiProperty({ type: [OrderLineBody] })
  @IsNestedArray(() => OrderLineBody, { least: 1, most: 500 })
  lines: OrderLineBody[];

  @ApiProperty({ example: 'United Kingdom', description: 'Country that the order goes to' })
  @IsString()
  @Matches(/^[\p{L}][\p{L} .'()-]{1,59}$/u, { message: 'country must be a name or code of 2 to 60 letters' })
  country: string;

  @ApiPropertyOptional({ description: "Another customer's order; needs orders:manage" })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  customerId?: string;
}

export class PlaceOrder {
  constructor(
    readonly customerId: string,
    readonly country: string,
    readonly lines: readonly { sku: string; quantity: number }[],
  ) {}
}

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly products: Products,
    private readonly clock: Clock,
  ) {}

  async execute({ customerId, country, lines }: PlaceOrder): Promise<CommandOutcome> {
    const orderId = uuidv7();
    const { priced, currency } = await this.price(lines);
    const command = { type: 'PlaceOrder' as const, data: { orderId, customerId, country, currency, placedAt: this.clock.now(), lines: priced } };
    return this.orders.repository.create(orderId, command, (decided) => ({
      status: 201,
      body: toAnswer(orderId, decided),
      location: `/api/v1/orders/${orderId}`,
      version: decided.version,
    }));
  }

  /** The price is the catalog's, never the client's. */
  private async price(lines: PlaceOrder['lines']) {
    const found = await this.products.find(lines.map((line) => line.sku));
    const unknown = lines.flatMap(({ sku }, index) =>
      found.has(sku) ? [] : [{ field: `lines.${index}.sku`, message: `there is no product ${sku}` }],
    );
    if (unknown.length > 0) {
      throw new Refusal('ordering.product-unknown', 'invalid', unknown.map((error) => error.message).join('; '), { errors: unknown });
    }
    const currencies = new Set([...found.values()].map((product) => product.price.currency));
    const [currency] = currencies;
    ensureValid(currencies.size === 1, 'ordering.currencies-mixed', 'The products of an order must be priced in one currency', {
      currencies: [...currencies],
    });
    const priced = lines.map(({ sku, quantity }) => {
      const { name, category, price } = found.get(sku)!;
      return { sku, name, category, quantity, unitPrice: price.amount };
    });
    return { priced, currency: currency! };
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class PlaceOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(201)
  @CommandRoute('ordering')
  @RequirePermission('orders:create')
  @ApiCreatedResponse({ type: OrderAnswerView })
  place(@Body() body: PlaceOrderBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    const customerId = body.customerId ?? principal.id;
    if (customerId !== principal.id && !principal.permissions.includes('orders:manage')) {
      throw new Refusal('ordering.not-your-order', 'forbidden', 'Only an administrator orders for somebody else: leave customerId out');
    }
    return this.commands.execute(new PlaceOrder(customerId, body.country, body.lines));
  }
}
