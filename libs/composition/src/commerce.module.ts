import { Module, type DynamicModule } from '@nestjs/common';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { payments, type Payments } from '@adapters/payments/src/payments.js';
import type { ShopConfig } from '@adapters/runtime/src/config/sections.js';
import { ShopTerms } from '@contexts/ordering/src/shop-terms.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import type { Logger } from 'pino';
import { SIMULATED_PAYMENTS } from './contexts.js';

export interface CommerceOptions {
  readonly shop: ShopConfig;
  /** Signs what the simulated payment service calls back; it is not used without that. */
  readonly paymentCallbackKey: string;
  readonly databases: Databases;
  readonly logger: Logger;
  readonly breakers: Breakers;
}

/** The payment service with what runs beside it; an app starts it once it listens and stops it before its databases. */
export abstract class PaymentService implements Payments {
  abstract readonly provider: PaymentProvider;
  abstract start(callbackUrl: string): void;
  abstract stop(): Promise<void>;
}

/** What selling needs beside the contexts: a payment service, and the shop's terms. */
@Module({})
export class CommerceModule {
  static forRoot(options: CommerceOptions): DynamicModule {
    const { shop } = options;
    const service = paymentService(options);
    const ports = [
      { provide: PaymentService, useValue: service },
      { provide: PaymentProvider, useValue: service.provider },
      { provide: ShopTerms, useValue: termsOf(shop) },
      { provide: ShopCurrency, useValue: { code: shop.shopCurrency } satisfies ShopCurrency },
    ];
    return { module: CommerceModule, global: true, providers: ports, exports: ports };
  }
}

function paymentService({ shop, paymentCallbackKey: secret, databases, logger, breakers }: CommerceOptions): Payments {
  if (shop.payment.provider === 'stripe') return payments({ ...shop.payment, breakers });
  return payments({
    ...shop.payment,
    breakers,
    statements: databases.get(SIMULATED_PAYMENTS),
    secret,
    onError: (err) => logger.error({ err }, 'the simulated payment service'),
  });
}

const termsOf = ({ shopCurrency: currency, shippingCost: cost, shippingFreeFrom, taxRates }: ShopConfig): ShopTerms => ({
  currency,
  shipping: cost === undefined ? null : { cost, freeFrom: shippingFreeFrom ?? null },
  taxRates,
});
