import type { Watermarks } from '@kernel/ports/watermarks.js';
import { Readiness } from './readiness.js';

const up = (name: string) => ({ name, ping: () => Promise.resolve() });
const at = (watermarks: object) => ({ current: () => Promise.resolve(watermarks), waitFor: () => Promise.resolve() }) as Watermarks;
const ordering = { ordering: { position: 7, head: 9, lagMs: 12 } };

describe('readiness', () => {
  it('tells each engine and how far each context is behind', async () => {
    const report = await new Readiness([up('postgres'), up('clickhouse')], at(ordering)).report();
    expect(report).toEqual({
      status: 'ready',
      engines: { postgres: { status: 'up', ms: expect.any(Number) }, clickhouse: { status: 'up', ms: expect.any(Number) } },
      watermarks: ordering,
    });
  });

  it('is not ready while an engine is away, and says why', async () => {
    const away = { name: 'clickhouse', ping: () => Promise.reject(new Error('connection refused')) };
    const report = await new Readiness([up('postgres'), away], at(ordering)).report();
    expect(report.status).toBe('not-ready');
    expect(report.engines['clickhouse']).toMatchObject({ status: 'down', reason: 'connection refused' });
  });

  it('does not hang with an engine that never answers', async () => {
    const hung = { name: 'postgres', ping: () => new Promise(() => undefined) };
    const report = await new Readiness([hung], at(ordering)).report();
    expect(report.engines['postgres']).toMatchObject({ status: 'down', reason: 'no answer within 2000 ms' });
  });

  it('says that it stops, whatever the engines answer', async () => {
    const readiness = new Readiness([up('postgres')], at(ordering));
    readiness.markStopping();
    expect((await readiness.report()).status).toBe('stopping');
  });
});
