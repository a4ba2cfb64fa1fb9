import type { PoisonMessage } from '@kernel/ports/dead-letters.js';
import { eventually } from '@testing/eventually.js';
import { MemoryCommands } from '@testing/memory-commands.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { DeadLetterBox } from './dead-letter-box.js';
import { PostgresDeadLetters, type DeadLettersParts } from './postgres-dead-letters.js';

const ALL = { limit: 50 };

let test: TestSagas;
beforeEach(async () => {
  test = await testSagas();
});
afterEach(() => test.close());

const lettersOf = (parts: Partial<DeadLettersParts> = {}) => {
  const { stores, registry, scope } = test;
  return new PostgresDeadLetters({
    databases: test.databases.all(),
    stores,
    registry,
    scope,
    inbox: null,
    sagas: null,
    transport: null,
    onError: () => undefined,
    ...parts,
  });
};

describe('a message that nobody can read', () => {
  const poison = (more: Partial<PoisonMessage> = {}): PoisonMessage => ({
    context: 'catalog',
    topic: 'catalog.commands',
    partition: 2,
    offset: '17',
    group: 'catalog.commands',
    reason: 'its value is not JSON in UTF-8',
    key: 'a\0b',
    value: Buffer.from('not JSON'),
    headers: { ce_id: 'x\0y' },
    ...more,
  });
  const keep = (...messages: PoisonMessage[]) => new DeadLetterBox(test.databases).keep(...messages);

  it('is kept once, whoever reads it and however often', async () => {
    await Promise.all([
      keep(poison(), poison({ offset: '18' })),
      keep(poison({ group: 'other' })),
      keep(poison({ value: Buffer.from([0xff, 0]), headers: {} })),
    ]);
    const letters = lettersOf();
    const found = await letters.list('catalog', ALL);
    expect(found.map(({ subject }) => subject).toSorted()).toEqual(['catalog.commands/2/17', 'catalog.commands/2/17', 'catalog.commands/2/18']);
    const details = await Promise.all(found.map(({ id }) => letters.one('catalog', id)));
    expect(details.find(({ subject }) => subject.endsWith('18'))).toMatchObject({
      data: 'not JSON',
      encoding: 'text',
      headers: { ce_id: 'x\0y' },
      messageId: null,
    });
    expect(details.find(({ encoding }) => encoding === 'base64')).toMatchObject({ data: '/wA=' });
  });

  it('stays discarded when it is delivered again', async () => {
    await keep(poison({ topic: 'catalog.events' }));
    const letters = lettersOf();
    const { id } = (await letters.list('catalog', ALL))[0]!;
    await expect(letters.retry('catalog', id)).rejects.toMatchObject({ code: 'dead-letter.not-retryable', details: { topic: 'catalog.events' } });
    await letters.discard('catalog', id, 'noise');
    await keep(poison({ topic: 'catalog.events' }));
    expect(await letters.list('catalog', ALL)).toEqual([]);
    await expect(letters.one('catalog', id)).rejects.toMatchObject({ code: 'dead-letter.not-found' });
  });

  it('is received by a retry once this release can read it', async () => {
    const transport = new MemoryCommands();
    const letters = lettersOf({ transport });
    test.reception(transport);
    await transport.poison(poison());
    const { id } = (await letters.list('catalog', ALL))[0]!;
    expect((await letters.retry('catalog', id)).body).toMatchObject({ outcome: 'parked', reason: expect.stringContaining('JSON') });
    const saga = { source: 'ordering', saga: 'errand', sagaId: 'e-1', target: 'catalog', name: 'RaiseTally' };
    const context = { actor: null, correlationId: test.scope.scope.correlationId, causationId: null, traceparent: null };
    transport.read = () => ({ id: 'c-1', ...saga, ...context, data: '{"errandId":"e-1","tally":"tally"}' });
    expect((await letters.retry('catalog', id)).body).toEqual({ id, outcome: 'queued' });
    expect(await letters.list('catalog', ALL)).toEqual([]);
    await eventually(async () => expect(await test.stores.store('catalog').read('tally-tally')).toHaveLength(1));
  });
});
