/** The contexts that keep events, each in a database of its own. */
export const CONTEXTS = ['identity', 'catalog', 'ordering'] as const;
export type Context = (typeof CONTEXTS)[number];

/** The books of the read side, which keep no events. */
export const ANALYTICS = 'analytics';

/** The book of the simulated payment service, which is nobody's but its own. */
export const SIMULATED_PAYMENTS = 'payments_simulator';

export type DatabaseName = Context | typeof ANALYTICS | typeof SIMULATED_PAYMENTS;

/** The services that answer others, with the contexts that they hold. */
export type Service = Context | typeof ANALYTICS;
