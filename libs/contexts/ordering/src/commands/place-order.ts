import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBadRequestResponse, ApiConflictResponse, ApiCreatedResponse, ApiForbiddenResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import { Clock } from '@kernel/clock.js';
import { countryName } from '@kernel/country.js';
import { toUnits } from '@kernel/money.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { PaymentProvider } from '@kernel/ports/payment-provider.js';
import type { Principal } from '@kernel/principal.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import { v7 as uuidv7 } from 'uuid';
import { chargesOf } from '../domain/charges.js';
import { amountOf, withTotals } from '../domain/lines.js';
import { OrderAnswerView } from '../order-answer.view.js';
import { Orders, toAnswer } from '../orders.js';
import { ShopTerms } from '../shop-terms.js';
import { SettlingRoute } from './answer-when-settled.js';
import { PlaceOrderBody } from './place-order.body.js';
import { sellableGoods } from './sellable-goods.js';

export class PlaceOrder {
  constructor(
    readonly customerId: string,
    readonly country: string,
    readonly lines: readonly { sku: string; quantity: number }[],
    /** The payment provider's name for the customer's means of payment; null for the provider's default. */
    readonly paymentToken: string | null = null,
  ) {}
}

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly products: Products,
    private readonly customers: Customers,
    private readonly provider: PaymentProvider,
    private readonly terms: ShopTerms,
    private readonly clock: Clock,
  ) {}

  async execute({ customerId, country: told, lines: asked, paymentToken }: PlaceOrder): Promise<CommandOutcome> {
    const country = countryName(told);
    const [goods] = await Promise.all([sellableGoods(this.products, asked), this.mustBeActive(customerId)]);
    const { currency } = goods;
    const lines = [...goods.lines, ...withTotals(chargesOf(goods.lines, currency, country, this.terms))];
    const payment = this.paymentOf(amountOf(lines), paymentToken);
    const orderId = uuidv7();
    const data = { orderId, customerId, country, currency, placedAt: this.clock.now(), payment, lines };
    return this.orders.repository.create(orderId, { type: 'PlaceOrder', data }, (decided) => ({
      status: 201,
      body: toAnswer(orderId, decided),
      location: `/api/v1/orders/${orderId}`,
      version: decided.version,
    }));
  }

  private async mustBeActive(customerId: string): Promise<void> {
    const customer = (await this.customers.find([customerId])).get(customerId);
    ensureValid(customer !== undefined, 'ordering.customer-unknown', 'There is no such customer', { customerId });
    ensure(customer.active, 'identity.customer-inactive', 'This customer’s account is not active', { customerId });
  }

  /** An order that costs nothing needs no means of payment. */
  private paymentOf(total: string, token: string | null): { token: string } | null {
    if (toUnits(total) === 0n) return null;
    const chosen = token ?? this.provider.defaultToken;
    ensureValid(
      chosen !== null,
      'ordering.payment-required',
      `Send payment.token, as ${this.provider.name} gave it for the customer's means of payment`,
    );
    return { token: chosen };
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class PlaceOrderRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({
    description:
      'Prices are the catalog’s. A workflow then reserves the goods and authorises the payment; with `Prefer: wait=10` the answer waits until it has confirmed the order or cancelled it.',
  })
  @HttpCode(201)
  @SettlingRoute('ordering')
  @RequirePermission('orders:create')
  @ApiCreatedResponse({ type: OrderAnswerView })
  @ApiBadRequestResponse({ description: 'ordering.product-unknown, ordering.currencies-mixed, ordering.payment-required' })
  @ApiForbiddenResponse({ description: 'ordering.not-your-order' })
  @ApiConflictResponse({ description: 'catalog.out-of-stock, catalog.product-not-sellable, identity.customer-inactive' })
  place(@Body() body: PlaceOrderBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    const customerId = body.customerId ?? principal.id;
    if (customerId !== principal.id && !principal.permissions.includes('orders:manage')) {
      throw new Refusal('ordering.not-your-order', 'forbidden', 'Only an administrator orders for somebody else: leave customerId out');
    }
    return this.commands.execute(new PlaceOrder(customerId, body.country, body.lines, body.payment?.token ?? null));
  }
}
