import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { Clock } from '@kernel/clock.js';
import { CommandInbox } from '@kernel/ports/command-inbox.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { errand, errandHandlers } from '@testing/errand.js';
import { eventually } from '@testing/eventually.js';
import { testSagas } from '@testing/sagas.js';
import { Databases } from '../context-database.js';
import { SagaEngine } from './saga-engine.js';
import { countSagas } from './saga-list.js';
import { SagaStore } from './saga-store.js';
import { SagasModule } from './sagas.module.js';

it('binds the inbox, the engine and the operator’s port of an app', async () => {
  const test = await testSagas();
  const ports = [
    { provide: Databases, useValue: test.databases },
    { provide: EventStores, useValue: test.stores },
    { provide: EventBus, useValue: new LogEventBus(test.stores, { idleMs: 20 }) },
    { provide: SchemaRegistry, useValue: test.registry },
    { provide: RequestContext, useValue: test.scope },
    { provide: Clock, useValue: test.clock },
  ];
  @Module({})
  class Platform {}
  const app = await Test.createTestingModule({
    imports: [
      { module: Platform, global: true, providers: ports, exports: ports },
      SagasModule.forRoot({ sagas: [errand(test.world)], idleMs: 20, stuckSeconds: 1 }),
    ],
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
