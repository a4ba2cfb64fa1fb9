import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { Clock } from '@kernel/clock.js';
import { CommandInbox } from '@kernel/ports/command-inbox.js';
import { CommandTransport } from '@kernel/ports/command-transport.js';
import { DeadLetters } from '@kernel/ports/dead-letters.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { errand, errandHandlers } from '@testing/errand.js';
import { eventually } from '@testing/eventually.js';
import { MemoryCommands } from '@testing/memory-commands.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { Databases } from '../context-database.js';
import { DeadLettersModule } from '../dead-letters/dead-letters.module.js';
import { CommandReception } from './command-reception.js';
import { SagaEngine } from './saga-engine.js';
import { countSagas } from './saga-list.js';
import { SagaStore } from './saga-store.js';
import { SagasModule } from './sagas.module.js';

/** What the modules of the sagas need. */
const platformOf = (test: TestSagas, ...more: Provider[]) => {
  const ports: Provider[] = [
    { provide: Databases, useValue: test.databases },
    { provide: EventStores, useValue: test.stores },
    { provide: EventBus, useValue: new LogEventBus(test.stores, { idleMs: 20 }) },
    { provide: SchemaRegistry, useValue: test.registry },
    { provide: RequestContext, useValue: test.scope },
    { provide: Clock, useValue: test.clock },
    ...more,
  ];
  @Module({})
  class Platform {}
  return { module: Platform, global: true, providers: ports, exports: ports };
};

it('binds a process of sagas, one of those who carry out their commands, and one of their operators', async () => {
  const [test, transport] = [await testSagas(), new MemoryCommands()];
  const platform = platformOf(test, { provide: CommandTransport, useValue: transport });
  const appOf = async (...imports: DynamicModule[]) => {
    const app = await Test.createTestingModule({ imports: [platform, ...imports] }).compile();
    return app.init();
  };
  const sagas = [errand(test.world)];
  const runner = await appOf(SagasModule.forRunner({ sagas, idleMs: 20 }));
  const catalog = await appOf(
    SagasModule.forReceiver({ contexts: ['catalog'], sagas: [], idleMs: 20 }),
    DeadLettersModule.forRoot({ contexts: ['catalog'] }),
  );
  const ordering = await appOf(
    SagasModule.forReceiver({ contexts: ['ordering'], sagas, idleMs: 20 }),
    DeadLettersModule.forRoot({ contexts: ['ordering'] }),
  );
  const apps = [runner, catalog, ordering];
  try {
    expect(() => runner.get(CommandInbox)).toThrow();
    expect(() => catalog.get(Sagas)).toThrow();
    for (const handler of errandHandlers(test.aggregates, test.world)) catalog.get(CommandInbox).register(handler);
    catalog.get(CommandReception).start();
    await runner.get(SagaEngine).start();
    await test.begin('e-1');
    await test.begin('e-2', { tally: 'poison' });
    await eventually(async () => expect(await ordering.get(Sagas).list({ status: 'ended', limit: 10 })).toMatchObject([{ id: 'e-1' }]));
    const letters = ordering.get(DeadLetters);
    const [{ id } = { id: '' }] = await eventually(async () => {
      const found = await letters.list('ordering', { limit: 10 });
      expect(found).toMatchObject([{ reason: 'poison' }]);
      return found;
    });
    test.world.isCured = true;
    // The operators' process handles it, the one of the sagas sends what follows.
    expect((await letters.retry('ordering', id)).body).toEqual({ id, outcome: 'handled' });
    await eventually(async () => expect(await ordering.get(Sagas).list({ status: 'ended', limit: 10 })).toHaveLength(2));
    expect(await catalog.get(DeadLetters).list('catalog', { limit: 10 })).toEqual([]);
  } finally {
    await runner.get(SagaEngine).stop();
    await catalog.get(CommandReception).stop();
    await Promise.all(apps.map((app) => app.close()));
    await test.close();
  }
});

it('binds the inbox, the engine and the operator’s port of an app', async () => {
  const test = await testSagas();
  const app = await Test.createTestingModule({
    imports: [platformOf(test), SagasModule.forRoot({ sagas: [errand(test.world)], idleMs: 20, stuckSeconds: 1 })],
  }).compile();
  try {
    for (const handler of errandHandlers(test.aggregates, test.world)) app.get(CommandInbox).register(handler);
    expect(() => app.get(CommandInbox).register(errandHandlers(test.aggregates, test.world)[0]!)).toThrow('catalog.RaiseTally has a handler already');
    await app.get(SagaEngine).start({ takeOver: true });
    await test.begin('e-1');
    await test.begin('e-2', { tally: 'full' });
    await eventually(async () => expect(await app.get(Sagas).list({ status: 'ended', limit: 10 })).toMatchObject([{ id: 'e-1' }]));
    await eventually(async () => expect(await app.get(Sagas).list({ status: 'failed', limit: 10 })).toMatchObject([{ id: 'e-2' }]));
    const store = new SagaStore(test.databases.get('ordering'), test.stores.store('ordering'));
    const host = { store, definitions: { names: () => ['errand', 'idle'] } };
    const none = (saga: string, ...statuses: string[]) => statuses.map((status) => ({ saga, status, count: 0 }));
    const counts = await countSagas([host], 3_600);
    expect(counts.byStatus).toHaveLength(8);
    expect(counts.byStatus).toEqual(
      expect.arrayContaining([
        { saga: 'errand', status: 'failed', count: 1 },
        ...none('errand', 'running', 'resting', 'compensating'),
        ...none('idle', 'running', 'resting', 'compensating', 'failed'),
      ]),
    );
    expect(counts.stuck).toEqual([
      { saga: 'errand', count: 1 },
      { saga: 'idle', count: 0 },
    ]);
  } finally {
    await app.get(SagaEngine).stop();
    await test.close();
  }
});
