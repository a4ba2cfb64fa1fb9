import { decide, evolve } from '@kernel/decider.js';
import type { InboxCommand } from '@kernel/ports/command-inbox.js';
import { Refusal } from '@kernel/refusal.js';
import { MemoryInbox } from '@testing/saga-world-outbox.js';
import { MemoryAggregates, MemoryReceipts, MemoryStreams, type Recorded } from '@testing/saga-world-store.js';
import { MemoryWork } from '@testing/saga-world-work.js';
import fc from 'fast-check';
import { Catalog } from '../catalog.js';
import { catalogEvents } from '../contract/events.js';
import { reservation } from '../domain/reservation.js';
import { availableOf, stock } from '../domain/stock.js';
import { ReleaseStockInbox } from './release-stock.js';
import { ReserveStockInbox } from './reserve-stock.js';
import { RestockReturnInbox } from './restock-return.js';
import { ShipStockInbox } from './ship-stock.js';

type Line = readonly [sku: string, quantity: number];
const SKUS = ['A', 'B', 'C'];
const linesOf = (lines: readonly Line[]) => lines.map(([sku, quantity]) => ({ sku, quantity }));

/** What a decision came to: the code of its refusal, or null. */
function codeOf(decision: () => unknown): string | null {
  try {
    decision();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** The catalog with its inbox in memory, as sagas see it: no receipts, so that its own guards must do. */
function shop() {
  const events: Recorded[] = [];
  const streams = new MemoryStreams(
    catalogEvents,
    () => '2026-11-21T11:00:00.000Z',
    (event) => events.push(event),
  );
  const catalog = new Catalog(new MemoryAggregates(streams, new MemoryReceipts(true)));
  const inbox = new MemoryInbox();
  for (const Inbox of [ReserveStockInbox, ReleaseStockInbox, ShipStockInbox, RestockReturnInbox]) new Inbox(inbox, catalog).onModuleInit();

  /** All of it or nothing; the refusal's code, or null where it was accepted. */
  function carryOut(name: string, data: unknown): string | null {
    const handler = inbox.handlers.get(`catalog.${name}`)!;
    const command = { name, data: handler.schema.parse(data) } as InboxCommand;
    const work = new MemoryWork(streams, handler.touches(command.data));
    try {
      handler.decide(command, work, undefined);
      return null;
    } catch (error) {
      work.drop();
      if (!(error instanceof Refusal)) throw error;
      handler.refused?.(command, error, work);
      return error.code;
    } finally {
      work.commit();
    }
  }

  return {
    events,
    move: (type: 'ReceiveStock' | 'AdjustStock', sku: string, quantity: number) => {
      const before = streams.load(stock, `stock-${sku}`);
      return codeOf(() => {
        const moved = decide(stock, { type, data: { sku, quantity, reason: 'test' } }, before.state);
        const state = evolve(stock, moved, before.state);
        streams.append(`stock-${sku}`, moved, { state, version: before.version + moved.length });
      });
    },
    reserve: (orderId: string, ...lines: Line[]) =>
      carryOut('ReserveStock', { orderId, lines: linesOf(lines), expiresAt: '2026-11-21T12:00:00.000Z' }),
    release: (orderId: string, ...lines: Line[]) => carryOut('ReleaseStock', { orderId, lines: linesOf(lines), reason: 'cancelled' }),
    reduce: (orderId: string, ...lines: Line[]) => carryOut('ReleaseStock', { orderId, lines: linesOf(lines), reason: 'lost', only: 'lines' }),
    ship: (orderId: string, parcelId: string, ...lines: Line[]) => carryOut('ShipStock', { orderId, parcelId, lines: linesOf(lines) }),
    restock: (returnId: string, orderId: string, ...lines: Line[]) => carryOut('RestockReturn', { returnId, orderId, lines: linesOf(lines) }),
    stockOf: (sku: string) => streams.load(stock, `stock-${sku}`).state,
    reservationOf: (orderId: string) => streams.load(reservation, `reservation-${orderId}`).state,
    /** What sagas are told, since so many events. */
    told: (since = 0) => events.slice(since).filter(({ type }) => /Reservation|Return/.test(type)),
  };
}

function stocked(...lines: Line[]) {
  const world = shop();
  for (const [sku, quantity] of lines) world.move('ReceiveStock', sku, quantity);
  return world;
}

describe('an order’s stock', () => {
  it('is set apart with all its lines', () => {
    const { reserve, stockOf, told } = stocked(['A', 10], ['B', 10]);
    expect(reserve('o-1', ['A', 2], ['B', 3], ['A', 1])).toBeNull();
    expect([stockOf('A'), stockOf('B')]).toMatchObject([
      { onHand: 10, reserved: 3 },
      { onHand: 10, reserved: 3 },
    ]);
    expect(told()).toMatchObject([
      {
        type: 'catalog.StockReservationMade',
        data: {
          lines: [
            { sku: 'A', quantity: 3 },
            { sku: 'B', quantity: 3 },
          ],
        },
      },
    ]);
  });

  it('is set apart with all its lines or none', () => {
    const { reserve, stockOf, told, events } = stocked(['A', 10], ['B', 2], ['C', 10]);
    const before = events.length;
    expect(reserve('o-1', ['A', 2], ['B', 3], ['C', 1])).toBe('catalog.out-of-stock');
    for (const sku of SKUS) expect(stockOf(sku).reserved).toBe(0);
    expect(events).toHaveLength(before + 1);
    expect(told(before)).toMatchObject([
      { type: 'catalog.StockReservationRefused', data: { orderId: 'o-1', code: 'catalog.out-of-stock', sku: 'B', wanted: 3, available: 2 } },
    ]);
  });

  it('is asked for a SKU as a whole, however many lines name it', () => {
    const { reserve, told } = stocked(['A', 3]);
    expect(reserve('o-1', ['A', 2], ['A', 2])).toBe('catalog.out-of-stock');
    expect(told()).toMatchObject([{ data: { sku: 'A', wanted: 4, available: 3 } }]);
  });

  it('is given back as far as it has not left the house', () => {
    const { reserve, ship, release, stockOf } = stocked(['A', 10], ['B', 10]);
    reserve('o-1', ['A', 4], ['B', 2]);
    ship('o-1', 'p1', ['A', 3]);
    expect(release('o-1', ['A', 4], ['B', 2])).toBeNull();
    expect([stockOf('A'), stockOf('B')]).toMatchObject([
      { onHand: 7, reserved: 0 },
      { onHand: 10, reserved: 0 },
    ]);
  });

  it('is given back in part, once, and the rest goes out', () => {
    const { reserve, ship, reduce, stockOf, reservationOf } = stocked(['A', 10], ['B', 10]);
    reserve('o-1', ['A', 4], ['B', 2]);
    for (const _ of [1, 2]) expect(reduce('o-1', ['A', 1], ['B', 2])).toBeNull();
    expect([stockOf('A'), stockOf('B')]).toMatchObject([
      { onHand: 10, reserved: 3 },
      { onHand: 10, reserved: 0 },
    ]);
    expect(ship('o-1', 'p1', ['A', 3])).toBeNull();
    expect(stockOf('A')).toMatchObject({ onHand: 7, reserved: 0 });
    expect(reservationOf('o-1').status).toBe('shipped');
    expect(reduce('o-2', ['A', 1])).toBe('catalog.reservation-not-made');
  });

  it('is given back without being loaded for nothing: who gives it back must name all of it', () => {
    const { reserve, release } = stocked(['A', 10], ['B', 10]);
    reserve('o-1', ['A', 4], ['B', 2]);
    expect(() => release('o-1', ['A', 4])).toThrow(/stock-B .* not among what the command touches/);
  });

  it('is not set apart after it was given back, and both are told', () => {
    const { reserve, release, stockOf, told } = stocked(['A', 10]);
    expect(release('o-1', ['A', 4])).toBeNull();
    expect(reserve('o-1', ['A', 4])).toBe('catalog.reservation-released');
    expect(stockOf('A').reserved).toBe(0);
    expect(told()).toMatchObject([
      { type: 'catalog.StockReservationReleased', data: { lines: [] } },
      { type: 'catalog.StockReservationRefused', data: { code: 'catalog.reservation-released', sku: 'A', wanted: 4, available: 10 } },
    ]);
    expect(reserve('o-1', ['A', 4])).toBeNull();
    expect(told()).toHaveLength(2);
  });

  it('goes out more than once, and each parcel once', () => {
    const { reserve, ship, stockOf, reservationOf } = stocked(['A', 10]);
    reserve('o-1', ['A', 4]);
    for (const parcel of ['p1', 'p1', 'p2']) expect(ship('o-1', parcel, ['A', 1], ['A', 1])).toBeNull();
    expect(stockOf('A')).toMatchObject({ onHand: 6, reserved: 0 });
    expect(reservationOf('o-1').status).toBe('shipped');
    expect(ship('o-1', 'p3', ['A', 1])).toBe('catalog.reservation-not-made');
  });

  it('comes back once for each return', () => {
    const { reserve, ship, restock, stockOf, told } = stocked(['A', 10]);
    reserve('o-1', ['A', 4]);
    ship('o-1', 'p1', ['A', 4]);
    for (const returnId of ['r-1', 'r-1', 'r-2']) restock(returnId, 'o-1', ['A', 1]);
    expect(stockOf('A')).toMatchObject({ onHand: 8, reserved: 0 });
    expect(told().filter(({ type }) => type === 'catalog.ReturnRestocked')).toHaveLength(2);
  });
});

it('whatever orders ask for, stock is the sum of what they hold, nothing is lost and nothing sold twice', () => {
  const order = fc.constantFrom('o-1', 'o-2', 'o-3', 'o-4');
  const line = fc.tuple(fc.constantFrom(...SKUS), fc.integer({ min: 1, max: 6 }));
  const lines = fc.array(line, { minLength: 1, maxLength: 4 });
  const every = SKUS.map((sku): Line => [sku, 1]);
  type World = ReturnType<typeof shop>;
  const step = fc.oneof(
    fc.tuple(order, lines).map(
      ([id, wanted]) =>
        (world: World) =>
          world.reserve(id, ...wanted),
    ),
    order.map((id) => (world: World) => world.release(id, ...every)),
    fc.tuple(order, lines).map(
      ([id, lost]) =>
        (world: World) =>
          world.reduce(id, ...lost),
    ),
    fc.tuple(order, fc.constantFrom('p1', 'p2', 'p3'), lines).map(
      ([id, parcel, sent]) =>
        (world: World) =>
          world.ship(id, parcel, ...sent),
    ),
    fc.tuple(fc.constantFrom('r-1', 'r-2'), order, lines).map(
      ([id, of, back]) =>
        (world: World) =>
          world.restock(id, of, ...back),
    ),
    line.map(
      ([sku, quantity]) =>
        (world: World) =>
          world.move('ReceiveStock', sku, quantity),
    ),
    fc.tuple(line, fc.constantFrom(1, -1)).map(
      ([[sku, quantity], sign]) =>
        (world: World) =>
          world.move('AdjustStock', sku, sign * quantity),
    ),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = stocked(['A', 8], ['B', 4]);
      for (const each of steps) each(world);
      const moved = (sku: string, type: string): number =>
        world.events
          .filter((event) => event.type === `catalog.${type}` && (event.data as { sku?: string }).sku === sku)
          .reduce((total, { data }) => total + (data as { quantity: number }).quantity, 0);
      for (const sku of SKUS) {
        const held = ['o-1', 'o-2', 'o-3', 'o-4'].flatMap((id) => world.reservationOf(id).held).filter((each) => each.sku === sku);
        const counts = world.stockOf(sku);
        expect(counts.reserved).toBe(held.reduce((total, { quantity }) => total + quantity, 0));
        expect(availableOf(counts)).toBeGreaterThanOrEqual(0);
        const came = moved(sku, 'StockReceived') + moved(sku, 'StockAdjusted') + moved(sku, 'StockRestocked');
        expect(counts.onHand).toBe(came - moved(sku, 'StockShipped'));
      }
    }),
    { numRuns: 300 },
  );
});
