import type { Certificate, Proof } from '@kernel/ports/read-store.js';
import { certificateTable } from './certificate-table.js';

const proof = (name: Proof['name'], changes: Partial<Proof> = {}): Proof => ({
  name,
  equal: true,
  checked: 12_345,
  differences: [],
  differing: 0,
  ...changes,
});
const certificate: Certificate = {
  equal: true,
  at: { ordering: 1200, catalog: 7 },
  proofs: [proof('ledger-is-the-log'), proof('read-models-are-their-sql'), proof('control-totals')],
  events: 1207,
  seconds: 0.25,
};

describe('certificateTable', () => {
  it('shows each proof and where it was made', () => {
    const table = certificateTable(certificate);
    expect(table.match(/ equal$/gm)).toHaveLength(3);
    expect(table).toContain('Equal: 1,207 events, at ordering 1,200, catalog 7, in 0.3 s');
  });

  it('names what differs, and how much more does', () => {
    const differences = [
      { key: 'ordering 17', reason: 'digest', expected: 'aa', actual: 'bb' },
      { key: 'sales 2011-01-01', reason: 'missing' },
      { key: 'stock X', reason: 'total', expected: '3' },
    ];
    const table = certificateTable({ ...certificate, equal: false, proofs: [proof('control-totals', { equal: false, differing: 40, differences })] });
    expect(table).toContain(
      '  ordering 17: digest (expected aa, found bb)\n  sales 2011-01-01: missing\n  stock X: total (expected 3, found nothing)\n  and 37 more',
    );
    expect(table).toContain('NOT EQUAL');
  });
});
