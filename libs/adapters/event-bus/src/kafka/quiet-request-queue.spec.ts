import { createRequire } from 'node:module';
import { jest } from '@jest/globals';
import './kafka-client.js';
import type { RequestQueue } from './quiet-request-queue.js';

interface WholeQueue extends RequestQueue {
  push(request: { entry: { correlationId: number }; expectResponse: boolean; sendRequest: () => void }): void;
  fulfillRequest(response: { correlationId: number; payload: null; size: number }): void;
  maybeThrottle(ms: number): void;
  destroy(): void;
}

describe('the requests of one connection to a broker', () => {
  const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (options: object) => WholeQueue;
  const logger = { debug: () => undefined, warn: () => undefined };
  let queue: WholeQueue;
  let sent: number[];
  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    queue = new Queue({ maxInFlightRequests: 1, requestTimeout: 1_000, enforceRequestTimeout: false, clientId: 'me', broker: 'b', logger });
  });
  afterEach(() => {
    queue.destroy();
    jest.useRealTimers();
  });
  const push = (correlationId: number): void =>
    queue.push({
      entry: { correlationId, resolve: () => undefined, reject: () => undefined } as { correlationId: number },
      expectResponse: true,
      sendRequest: () => void sent.push(correlationId),
    });

  it('sets no timer while none has to wait', () => {
    push(1);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    expect(sent).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what waited for another as soon as that is answered, and sets no timer after that', () => {
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    expect(sent).toEqual([1, 2]);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what a throttled connection held up when that is over', () => {
    queue.maybeThrottle(500);
    push(1);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(sent).toEqual([1]);
  });
});
