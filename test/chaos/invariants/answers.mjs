import { isAccepted, isRefused, refusedAfterwards } from '../load/journal.mjs';

const CONTEXT = { product: 'catalog', received: 'catalog', counted: 'catalog' };
const contextOf = ({ kind }) => CONTEXT[kind] ?? 'ordering';

export const answers = {
  name: 'I4 everything that was answered 2xx is in the log',
  async check(world) {
    const promised = world.journal.accepted.flatMap((asked) =>
      asked.outcomes.filter(({ status }) => status < 300).map(({ version }) => ({ asked, context: contextOf(asked), stream: asked.stream, version })),
    );
    const problems = [];
    for (const context of ['catalog', 'ordering']) {
      const of = promised.filter((promise) => promise.context === context);
      const missing = await world.rows(
        context,
        `select p.n::int from unnest($1::text[], $2::int[]) with ordinality as p(stream, version, n)
         left join ${context}.event e on e.stream_id = p.stream and e.stream_version = p.version
         left join ${context}.event_log l on l.event_id = e.id
         where l.position is null`,
        [of.map(({ stream }) => stream), of.map(({ version }) => version)],
      );
      problems.push(
        ...missing
          .map(({ n }) => of[n - 1])
          .map(({ asked, stream, version }) => `${asked.kind} ${asked.key}: ${stream} version ${version} is not there`),
      );
    }
    return problems;
  },
};

export const effects = {
  name: 'I5 one effect for each Idempotency-Key',
  async check(world) {
    const { asked } = world.journal;
    const unlike = asked.filter(
      ({ outcomes }) => new Set(outcomes.filter(({ status }) => status < 300).map(({ body }) => JSON.stringify(body))).size > 1,
    );
    return [
      ...unlike.map(({ kind, key, outcomes }) => `${kind} ${key} was answered in different ways: ${JSON.stringify(outcomes)}`),
      ...asked.filter(refusedAfterwards).map((one) => `${one.kind} ${one.key} was refused after it had been accepted; ${told(one)}`),
      ...(await marked(world, asked)),
      ...(await orders(world, asked)),
      ...(await received(world, asked)),
    ];
  },
};

/** Commands that leave their key in the event: one where it was accepted, none where it was refused. */
async function marked(world, asked) {
  const counts = new Map();
  for (const context of ['catalog', 'ordering']) {
    const rows = await world.rows(
      context,
      `select coalesce(data::json ->> 'parcelId', data::json ->> 'reason') as key, type, count(*)::int as n from ${context}.event
       where type = any($1) group by 1, 2`,
      [[...new Set(asked.flatMap(({ mark }) => (mark ? [mark[0]] : [])))]],
    );
    for (const { key, type, n } of rows) counts.set(`${type} ${key}`, n);
  }
  return asked.flatMap((one) => {
    if (!one.mark) return [];
    const effect = counts.get(`${one.mark[0]} ${one.key}`) ?? 0;
    const isRight = isAccepted(one) ? effect === 1 : isRefused(one) ? effect === 0 : effect <= 1;
    return isRight ? [] : [`${one.kind} ${one.key} had ${effect} effects; ${told(one)}`];
  });
}

const told = ({ answers: all }) => `it was answered ${all.map(({ status, code }) => code ?? status).join(', ')}`;

/** Every order there is was asked for under one key. */
async function orders(world, asked) {
  const placed = asked.filter(({ kind }) => kind === 'place');
  const known = new Set(placed.filter(isAccepted).map(({ stream }) => stream));
  const rows = await world.rows('ordering', `select stream_id as stream from ordering.event where type = 'ordering.OrderPlaced'`);
  const nobodys = rows.filter(({ stream }) => !known.has(stream));
  const open = placed.filter((one) => !isAccepted(one) && !isRefused(one)).length;
  const doubled = placed.filter(isAccepted).length - known.size;
  return [
    ...(doubled > 0 ? [`${doubled} keys were answered with an order of another key`] : []),
    ...(nobodys.length > open ? [`${nobodys.length} orders that nobody asked for, such as ${nobodys[0].stream}`] : []),
  ];
}

/** Goods that came in leave no key behind, but their count. */
async function received(world, asked) {
  const [of, unsure] = [asked.filter(({ kind }) => kind === 'received'), new Set()];
  const due = new Map();
  for (const one of of) {
    if (isAccepted(one)) due.set(one.sku, [(due.get(one.sku)?.[0] ?? 0) + 1, (due.get(one.sku)?.[1] ?? 0) + one.quantity]);
    else if (!isRefused(one)) unsure.add(one.sku);
  }
  const rows = await world.rows(
    'catalog',
    `select data::json ->> 'sku' as sku, count(*)::int as n, sum((data::json ->> 'quantity')::int)::int as units from catalog.event where type = 'catalog.StockReceived' group by 1`,
  );
  const found = new Map(rows.map(({ sku, n, units }) => [sku, [n, units]]));
  return [...due].flatMap(([sku, [n, units]]) => {
    const [times, came] = found.get(sku) ?? [0, 0];
    return unsure.has(sku) || (times === n && came === units) ? [] : [`${sku}: received ${times} times ${came} units, asked for ${n} times ${units}`];
  });
}
