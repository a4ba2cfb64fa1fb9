/** Port: the currency that amounts without one of their own are in. An app gives it from its configuration. */
export abstract class ShopCurrency {
  /** ISO 4217. */
  abstract readonly code: string;
}
