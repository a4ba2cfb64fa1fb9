import type { Certificate, Proof } from '@kernel/ports/read-store.js';

const WORDS: Record<Proof['name'], string> = {
  'ledger-is-the-log': 'the ledger is the log',
  'read-models-are-their-sql': 'read models are their SQL over the ledger',
  'control-totals': 'control totals from the events',
};
const SHOWN = 20;
const number = (value: number): string => value.toLocaleString('en-GB');

/** A certificate as a table, with what differs below it. */
export function certificateTable({ equal, at, proofs, events, seconds }: Certificate): string {
  const contexts = Object.entries(at).map(([context, position]) => `${context} ${number(position)}`);
  return [
    `${'proof'.padEnd(44)}${'checked'.padStart(14)}${'differing'.padStart(12)}  result`,
    ...proofs.map((proof) => {
      const name = (WORDS[proof.name] ?? proof.name).padEnd(44);
      return `${name}${number(proof.checked).padStart(14)}${number(proof.differing).padStart(12)}  ${proof.equal ? 'equal' : 'DIFFERENT'}`;
    }),
    ...proofs.filter((proof) => !proof.equal).flatMap(differences),
    '',
    `${equal ? 'Equal' : 'NOT EQUAL'}: ${number(events)} events, at ${contexts.join(', ') || 'no events'}, in ${seconds.toFixed(1)} s`,
  ].join('\n');
}

function differences(proof: Proof): string[] {
  const shown = proof.differences.slice(0, SHOWN);
  const more = proof.differing - shown.length;
  return [
    '',
    `${WORDS[proof.name] ?? proof.name}:`,
    ...shown.map(({ key, reason, expected, actual }) => {
      const values = expected === undefined && actual === undefined ? '' : ` (expected ${expected ?? 'nothing'}, found ${actual ?? 'nothing'})`;
      return `  ${key}: ${reason}${values}`;
    }),
    ...(more > 0 ? [`  and ${number(more)} more`] : []),
  ];
}
