import type { Terms } from './domain/charges.js';

/** Port: what the shop asks beside the price of goods. An app gives it from its configuration. */
export abstract class ShopTerms implements Terms {
  abstract readonly currency: string;
  abstract readonly shipping: Terms['shipping'];
  abstract readonly taxRates: Terms['taxRates'];
}
