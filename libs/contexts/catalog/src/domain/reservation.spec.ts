import { play, specOf } from '@testing/given.js';
import fc from 'fast-check';
import { reservation, type ReservationCommand } from './reservation.js';

const given = specOf(reservation);
const orderId = 'o-1';
const expiresAt = '2026-11-21T12:00:00.000Z';
const line = (sku: string, quantity: number) => ({ sku, quantity });
const make: ReservationCommand = { type: 'MakeReservation', data: { orderId, lines: [line('A', 2), line('B', 1), line('A', 3)], expiresAt } };
const refuse: ReservationCommand = {
  type: 'RefuseReservation',
  data: { orderId, code: 'catalog.out-of-stock', sku: 'A', wanted: 5, available: 1 },
};
const release: ReservationCommand = { type: 'ReleaseReservation', data: { orderId, reason: 'cancelled' } };
const reduce = (...lines: { sku: string; quantity: number }[]): ReservationCommand => ({
  type: 'ReduceReservation',
  data: { orderId, lines, reason: 'remainder cancelled' },
});
const ship = (parcelId: string, ...lines: { sku: string; quantity: number }[]): ReservationCommand => ({
  type: 'ShipReservation',
  data: { orderId, parcelId, lines },
});
const after = (...commands: ReservationCommand[]) => play(reservation, commands).events;

describe('a reservation', () => {
  it('has one line for each SKU, however many the order has', () =>
    given()
      .when(make)
      .emits({ type: 'catalog.StockReservationMade', data: { orderId, lines: [line('A', 5), line('B', 1)], expiresAt } }));
  it('is made once', () =>
    given(...after(make))
      .when(make)
      .emitsNothing());
  it('is refused once', () =>
    given(...after(refuse))
      .when(refuse)
      .emitsNothing());
  it('stays refused: its answer is known', () =>
    given(...after(refuse))
      .when(make)
      .emitsNothing());
  it('stays made: its answer is known', () =>
    given(...after(make))
      .when(refuse)
      .emitsNothing());

  it('gives back what it holds', () =>
    given(...after(make))
      .when(release)
      .emits({ type: 'catalog.StockReservationReleased', data: { orderId, lines: [line('A', 5), line('B', 1)], reason: 'cancelled' } }));
  it('is given back once', () =>
    given(...after(make, release))
      .when(release)
      .emitsNothing());
  it('is not made again once it was given back', () =>
    given(...after(make, release))
      .when(make)
      .emitsNothing());
  it('gives back nothing where it was refused, and says so', () =>
    given(...after(refuse))
      .when(release)
      .emits({ type: 'catalog.StockReservationReleased', data: { orderId, lines: [], reason: 'cancelled' } }));

  describe('that is given back before it is made', () => {
    it('is released', () =>
      given()
        .when(release)
        .emits({ type: 'catalog.StockReservationReleased', data: { orderId, lines: [], reason: 'cancelled' } }));
    it('is never made', () =>
      given(...after(release))
        .when(make)
        .refuses('catalog.reservation-released'));
    it('is refused once, and stays released', () => {
      given(...after(release))
        .when(refuse)
        .emits({ type: 'catalog.StockReservationRefused' });
      given(...after(release, refuse)).becomes({ status: 'released', answered: true, held: [] });
      given(...after(release, refuse))
        .when(make)
        .emitsNothing();
    });
  });

  describe('of which a part is given back', () => {
    it('keeps the rest for its parcels, whichever comes first', () => {
      given(...after(make))
        .when(reduce(line('A', 1), line('A', 1)))
        .emits({
          type: 'catalog.StockReservationReleased',
          data: { orderId, lines: [line('A', 2)], reason: 'remainder cancelled', remaining: [line('A', 3), line('B', 1)] },
        });
      const [ships, reduces] = [ship('p1', line('A', 3)), reduce(line('A', 2), line('B', 1))];
      for (const history of [
        [ships, reduces],
        [reduces, ships],
      ])
        given(...after(make, ...history)).becomes({ status: 'shipped', held: [], parcels: ['p1'] });
    });
    it('gives it back once', () =>
      given(...after(make, reduce(line('A', 1))))
        .when(reduce(line('A', 1)))
        .emitsNothing());
    it('gives back no more than it holds', () => {
      given(...after(make, ship('p1', line('A', 4))))
        .when(reduce(line('A', 2)))
        .refuses('catalog.not-reserved');
      given(...after(make, release))
        .when(reduce(line('A', 1)))
        .refuses('catalog.reservation-not-made');
      given()
        .when(reduce(line('A', 1)))
        .refuses('catalog.reservation-not-made');
    });
    it('lets no parcel take what it gave back', () =>
      given(...after(make, reduce(line('A', 2))))
        .when(ship('p1', line('A', 4)))
        .refuses('catalog.not-reserved'));
  });

  it('ships by parcel', () => {
    given(...after(make))
      .when(ship('p1', line('A', 1), line('A', 1)))
      .emits({
        type: 'catalog.StockReservationShipped',
        data: { orderId, parcelId: 'p1', lines: [line('A', 2)], remaining: [line('A', 3), line('B', 1)] },
      });
    given(...after(make, ship('p1', line('A', 2)))).becomes({ status: 'made', held: [line('A', 3), line('B', 1)] });
    given(...after(make, ship('p1', line('A', 5)), ship('p2', line('B', 1)))).becomes({ status: 'shipped', held: [] });
  });
  it('ships a parcel once', () =>
    given(...after(make, ship('p1', line('A', 2))))
      .when(ship('p1', line('A', 2)))
      .emitsNothing());
  it.each([
    ['more than is left', [line('A', 4)]],
    ['more than is left in two lines', [line('A', 2), line('A', 2)]],
    ['what it does not hold', [line('C', 1)]],
  ])('ships not %s', (_, lines) =>
    given(...after(make, ship('p1', line('A', 2))))
      .when(ship('p2', ...lines))
      .refuses('catalog.not-reserved'),
  );
  it.each([
    ['was never made', []],
    ['was refused', [refuse]],
    ['was given back', [make, release]],
  ])('ships nothing where it %s', (_, history) =>
    given(...after(...history))
      .when(ship('p1', line('A', 1)))
      .refuses('catalog.reservation-not-made'),
  );
  it('gives back what parcels left', () =>
    given(...after(make, ship('p1', line('A', 4), line('B', 1))))
      .when(release)
      .emits({ type: 'catalog.StockReservationReleased', data: { orderId, lines: [line('A', 1)], reason: 'cancelled' } }));
  it('cannot give back what has left the house', () =>
    given(...after(make, ship('p1', line('A', 5), line('B', 1))))
      .when(release)
      .refuses('catalog.reservation-shipped'));

  it('accounts for every unit, whatever is asked in whatever order', () => {
    const sku = fc.constantFrom('A', 'B', 'C');
    const parcel = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 3 });
    const command = fc.oneof(
      fc.constantFrom(make, refuse, release),
      fc.tuple(fc.constantFrom('p1', 'p2', 'p3', 'p4'), parcel).map(([id, lines]) => ship(id, ...lines)),
    );
    const units = (lines: readonly { quantity: number }[]) => lines.reduce((total, { quantity }) => total + quantity, 0);
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const { events, state } = play(reservation, commands);
        const of = (type: string) => events.flatMap((event) => (event.type === type && 'lines' in event.data ? event.data.lines : []));
        const gone = units(of('catalog.StockReservationShipped')) + units(of('catalog.StockReservationReleased'));
        expect(units(state.held)).toBe(units(of('catalog.StockReservationMade')) - gone);
        expect(state.held.length > 0).toBe(state.status === 'made');
        for (const once of ['catalog.StockReservationMade', 'catalog.StockReservationRefused', 'catalog.StockReservationReleased'])
          expect(events.filter(({ type }) => type === once).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
