import { once } from 'node:events';
import { createServer } from 'node:http';
import { eventually } from '@testing/eventually.js';
import { Shop } from '../support/shop-client.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = `00-${TRACE}-00f067aa0ba902b7-01`;

/** Places an order under the caller's traceparent; what its first event keeps of it. */
async function traceOfOrder(shop: Shop): Promise<string> {
  const sku = await shop.product();
  const placed = await shop.admin.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France' }, { traceparent: CALLER });
  expect(placed.status).toBe(201);
  const history = await shop.admin.get<{ traceparent: string }[]>(`/orders/${String(placed.body['id'])}/history`);
  return history.body[0]!.traceparent;
}

describe('the trace of a request', () => {
  let shop: Shop | undefined;
  afterEach(() => shop?.close());

  it('goes into the events as the caller sent it', async () => {
    shop = await Shop.open();
    expect(await traceOfOrder(shop)).toBe(CALLER);
  });

  it('is exported by OTLP where an endpoint is set, and the events name the span of the request', async () => {
    const received: Buffer[] = [];
    const collector = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(chunk));
      request.on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    collector.unref();
    await once(collector, 'listening');
    const { port } = collector.address() as { port: number };
    shop = await Shop.open({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100' } });
    const kept = await traceOfOrder(shop);
    expect(kept).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(kept).not.toBe(CALLER);
    const span = Buffer.from(kept.split('-')[2]!, 'hex');
    await eventually(() => {
      const sent = Buffer.concat(received);
      expect(sent.includes(Buffer.from(TRACE, 'hex')) && sent.includes(span) && sent.includes('POST /api/v1/orders')).toBe(true);
    });
  });
});
