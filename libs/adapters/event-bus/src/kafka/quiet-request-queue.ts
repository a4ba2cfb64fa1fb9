import { createRequire } from 'node:module';

/** What kafkajs keeps of one connection's requests, as far as it is mended here. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
const schedule = prototype.scheduleCheckPendingRequests;

/**
 * After its first answer, kafkajs 2.2.4 looks every millisecond whether a request of a connection has to wait, whether one does or not (tulios/kafkajs#1704):
 * three percent of a core for a process that does nothing. A request that has to wait is reason enough to look, and it starts the looking itself.
 */
prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
};
