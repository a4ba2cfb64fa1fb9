import { Module, type DynamicModule } from '@nestjs/common';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { SagasModule } from '@adapters/event-store/src/sagas/sagas.module.js';
import { payments, type Payments } from '@adapters/payments/src/payments.js';
import type { Config } from '@adapters/runtime/src/config.js';
import type { Secrets } from '@adapters/runtime/src/secrets.js';
import { fulfilment } from '@contexts/ordering/src/sagas/fulfil-order.saga.js';
import { takingBack } from '@contexts/ordering/src/sagas/take-back-goods.saga.js';
import { ShopTerms } from '@contexts/ordering/src/shop-terms.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import type { Logger } from 'pino';
import { SIMULATED_PAYMENTS } from './databases.js';

export interface CommerceOptions {
  readonly config: Config;
  readonly secrets: Secrets;
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

/** What selling needs beside the contexts: their workflows, a payment service, and the shop's terms. */
@Module({})
export class CommerceModule {
  static forRoot(options: CommerceOptions): DynamicModule {
    const { config } = options;
    const service = paymentService(options);
    const ports = [
      { provide: PaymentService, useValue: service },
      { provide: PaymentProvider, useValue: service.provider },
      { provide: ShopTerms, useValue: termsOf(config) },
      { provide: ShopCurrency, useValue: { code: config.shopCurrency } satisfies ShopCurrency },
    ];
    const sagas = [fulfilment({ paymentDeadlineSeconds: config.paymentDeadlineSeconds }), takingBack];
    return {
      module: CommerceModule,
      global: true,
      imports: [SagasModule.forRoot({ sagas, stuckSeconds: config.sagaStuckSeconds })],
      providers: ports,
      exports: ports,
    };
  }
}

function paymentService({ config, secrets, databases, logger, breakers }: CommerceOptions): Payments {
  if (config.payment.provider === 'stripe') return payments({ ...config.payment, breakers });
  return payments({
    ...config.payment,
    breakers,
    statements: databases.get(SIMULATED_PAYMENTS),
    secret: secrets.paymentCallbackKey,
    onError: (err) => logger.error({ err }, 'the simulated payment service'),
  });
}

const termsOf = ({ shopCurrency: currency, shippingCost: cost, shippingFreeFrom, taxRates }: Config): ShopTerms => ({
  currency,
  shipping: cost === undefined ? null : { cost, freeFrom: shippingFreeFrom ?? null },
  taxRates,
});
