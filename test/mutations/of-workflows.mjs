// Of orders, their stock and their money.

const ANY_ORDER = 'libs/contexts/ordering/src/sagas/any-order.spec.ts';

export const workflows = [
  {
    name: 'a deadline that is not rechecked',
    edits: [
      { file: 'libs/kernel/src/saga.ts', find: '  if (message.type.startsWith(DEADLINE) && !isDue(steps, message, at)) return null;\n', replace: '' },
    ],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'a late capture that is not refunded',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment-plan.ts',
        find: "  if (payment === 'captured') {\n    const reason",
        replace: "  if (payment === 'refunding') {\n    const reason",
      },
    ],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'an order that goes out before it is secured',
    edits: [{ file: 'libs/contexts/ordering/src/domain/order.ts', find: '    awaits === null,\n', replace: "    awaits !== '',\n" }],
    test: [ANY_ORDER, 'nothing goes out unsecured'],
  },
  {
    name: 'a payment that is taken beside one made in another way',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment-plan.ts',
        find: 'state.paidElsewhere ? [...tellPayment(state), ...giveMoneyBack(state)] : takeMoney(state);',
        replace: 'takeMoney(state);',
      },
    ],
    test: [ANY_ORDER, 'nothing goes out unsecured'],
  },
  {
    name: 'a word that comes to nothing, recorded',
    edits: [
      {
        file: 'libs/kernel/src/saga.ts',
        find: 'message.type.startsWith(OPERATOR) && isIdle(definition, state, step) ? null : step',
        replace: 'isIdle(definition, state, step) ? step : step',
      },
    ],
    test: ['libs/kernel/src/saga.spec.ts', 'that comes to nothing is not recorded'],
  },
  {
    name: 'a refund that failed and nobody hears of',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/take-back-goods.saga.ts',
        find: "'ordering.PaymentRefundFailed': (state) => ({ ...state, refund: 'refused' }),",
        replace: "'ordering.PaymentRefundFailed': (state) => state,",
      },
    ],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'a reservation that nobody closes',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment-plan.ts',
        find: 'parcels.length === 0 && unbooked.length > 0',
        replace: 'parcels.length === 0 && unbooked.length < 0',
      },
    ],
    test: [ANY_ORDER, 'nothing goes out unsecured'],
  },
  {
    name: 'a remainder that is not given back',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment-remainder.ts',
        find: "  if (refunding(state) === 'due' && payment === 'captured') {",
        replace: "  if (refunding(state) === 'due' && payment === 'refunded') {",
      },
    ],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'a remainder that can be sent off all the same',
    edits: [{ file: 'libs/contexts/ordering/src/domain/remainder.ts', find: '  goods: drop(order.goods),\n', replace: '' }],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'a remainder that is released before its parcels, all of it',
    edits: [
      {
        file: 'libs/contexts/catalog/src/commands/release-stock.ts',
        find: "only ? { type: 'ReduceReservation'",
        replace: "only === undefined && given.length < 0 ? { type: 'ReduceReservation'",
      },
    ],
    test: [ANY_ORDER, 'nothing goes out unsecured'],
  },
  {
    name: 'a parcel booked out beside its own rest, at the cost of the remainder',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment-plan.ts',
        find: " && (remainder?.release ?? 'done') === 'done';",
        replace: ';',
      },
    ],
    test: [ANY_ORDER, 'nothing goes out unsecured'],
  },
  {
    name: 'a rest that is not worked out anew',
    edits: [
      {
        file: 'libs/contexts/ordering/src/sagas/fulfilment.ts',
        find: 'refused && unitsOf(lines) !== unitsOf(state.unbooked)',
        replace: 'refused && unitsOf(lines) < unitsOf(state.unbooked)',
      },
    ],
    test: ['libs/contexts/ordering/src/sagas/fulfilment-vouched.spec.ts', 'asks again where the parcel was booked out'],
  },
  {
    name: 'a reservation of some lines',
    edits: [
      {
        file: 'libs/contexts/catalog/src/commands/reserve-stock.ts',
        find: "work.decide(stock, sku, { type: 'ReserveStock'",
        replace: "if (quantity <= availableOf(work.load(stock, sku).state)) work.decide(stock, sku, { type: 'ReserveStock'",
      },
    ],
    test: [ANY_ORDER, 'every saga ends'],
  },
  {
    name: 'a release as often as it is asked for',
    edits: [{ file: 'libs/contexts/catalog/src/domain/reservation.ts', find: "      if (status === 'released') return [];\n", replace: '' }],
    test: [ANY_ORDER, 'every saga ends'],
  },
];
