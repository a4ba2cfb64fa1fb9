const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2, minimumFractionDigits: 2 });
const written = (value) => (Math.abs(value) < 100 ? fine : whole).format(value);

/** A figure: what was measured, in which unit, and what it should reach, as `{ least }` or `{ most }`. */
export const figure = (name, value, unit, reach) => ({
  name,
  value: Math.round(value * 1000) / 1000,
  unit,
  ...(reach && { reach, reached: value >= (reach.least ?? -Infinity) && value <= (reach.most ?? Infinity) }),
});

const verdict = ({ reach, reached }) => {
  if (!reach) return '';
  const wanted = reach.least === undefined ? `at most ${reach.most}` : `at least ${reach.least}`;
  return `  ${reached ? 'reached' : 'NOT reached'} (${wanted})`;
};

/** Prints a report: a line for each figure, with what it should reach. */
export function printTable({ machine, parts }) {
  console.log(`\n${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}`);
  for (const [name, part] of Object.entries(parts)) {
    const others = part.othersShare === undefined ? '' : `, other work took ${Math.round(part.othersShare * 100)}% of the machine`;
    console.log(`\n${name} (${part.seconds} s${others})${part.failed ? `: FAILED, ${part.failed}` : ''}`);
    for (const row of part.figures) console.log(`  ${row.name.padEnd(64)} ${written(row.value).padStart(10)} ${row.unit.padEnd(6)}${verdict(row)}`);
  }
}
