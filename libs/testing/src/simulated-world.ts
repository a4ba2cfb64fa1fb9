import { readBook, type BookedCharge } from '@adapters/payments/src/simulated/booked-charge.js';
import { SimulatedPayments, type SimulatedPaymentsOptions } from '@adapters/payments/src/simulated/simulated-payments.js';
import type { Charge, ProviderNotice } from '@kernel/ports/payment-provider.js';
import { eventually } from './eventually.js';
import { testBook, testListener, type TestBook, type TestListener } from './payments-book.js';

const SECRET = 'a secret of this spec';
/** What is still to be decided, and what to be told. */
const OPEN = `select (select count(*) from payments_simulator.callback where delivered_at is null)
  + (select count(*) from payments_simulator.charge where settles_at is not null)
  + (select count(*) from payments_simulator.refund where fails_at is not null) as n`;

/** The simulated payment service over a book, and a shop that listens to it. */
export class SimulatedWorld {
  private readonly services: SimulatedPayments[] = [];

  private constructor(
    readonly book: TestBook,
    readonly shop: TestListener,
  ) {}

  static async make(): Promise<SimulatedWorld> {
    return new SimulatedWorld(await testBook(), await testListener());
  }

  /** One more process over the same book. */
  service(options: Partial<SimulatedPaymentsOptions> = {}): SimulatedPayments {
    const service = new SimulatedPayments({ statements: this.book.database, secret: SECRET, lateMs: 20, ...options });
    this.services.push(service);
    return service;
  }

  /** What the shop was told so far, each verified. */
  notices(): ProviderNotice[] {
    const reader = this.services[0] ?? this.service();
    return this.shop.received.map(({ body, headers }) => reader.notice(body, headers, new Date()));
  }

  told(): string[] {
    return this.notices().map(({ type }) => type);
  }

  async booked({ paymentId }: Charge): Promise<BookedCharge | undefined> {
    return (await readBook(this.book.database)).charges.find((charge) => charge.paymentId === paymentId);
  }

  async open(): Promise<number> {
    const [row] = await this.book.database.query<{ n: string }>({ name: 'open', text: OPEN }, []);
    return Number(row!.n);
  }

  /** Waits until all is decided and told. */
  async rest(): Promise<void> {
    await eventually(async () => {
      const open = await this.open();
      if (open > 0) throw new Error(`${open} are still to be decided or told`);
    });
  }

  /** Rewrites what is to be told; the name is the statement's. */
  async rewriteCallbacks(name: string, set: string): Promise<void> {
    await this.book.database.query({ name, text: `update payments_simulator.callback set ${set}` }, []);
  }

  /** Stops every service and begins anew with an empty book. */
  async clear(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.stop()));
    await this.book.database.query({ name: 'clear', text: 'truncate payments_simulator.charge cascade' }, []);
    this.shop.received.length = 0;
    this.shop.abandoned = 0;
    this.shop.answer = () => 204;
  }

  async close(): Promise<void> {
    await this.shop.close();
    await this.book.close();
  }
}
