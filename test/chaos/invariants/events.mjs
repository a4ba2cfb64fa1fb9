// Events as a context's database holds them.

/** Of streams with a prefix, in the order of their streams: `{ type, stream, data }`. */
export async function eventsOf(world, context, prefix) {
  const rows = await world.rows(
    context,
    `select stream_id as stream, stream_version as version, type, data from ${context}.event where stream_id like $1 order by stream_id, stream_version`,
    [`${prefix}-%`],
  );
  return rows.map(({ data, ...event }) => ({ ...event, data: JSON.parse(data) }));
}

/** Decimals with at most four places, as whole numbers. */
export function units(text) {
  const [, sign, whole, places = ''] = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(text);
  return BigInt(`${sign}${whole}${places.padEnd(8, '0')}`);
}

/** As a decimal again. */
export function shown(amount) {
  const digits = String(amount < 0n ? -amount : amount).padStart(9, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -8)}.${digits.slice(-8).replace(/0{1,6}$/, '')}`;
}

export const sum = (values) => values.reduce((total, value) => total + value, 0n);

export function groupedBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
