// What `npm test` runs, in this order: the quick and telling tests first, then servers one at a time, since they share
// the machine's cores and their patience is measured.
const WHOLE_SERVER = '**/*.e2e.spec.ts';
const RETAIL = '**/test/retail/**/*.spec.ts';

export const stages = {
  engines: {
    name: 'units and engines',
    args: ['--maxWorkers=2', '--testMatch', '**/*.spec.ts', `!${WHOLE_SERVER}`, `!${RETAIL}`],
    coverage: ['--coverage', '--coverageReporters=json-summary', '--coverageReporters=text-summary'],
  },
  server: { name: 'whole server', args: ['--runInBand', '--testMatch', WHOLE_SERVER, `!${RETAIL}`], coverage: [] },
  retail: { name: 'retail acceptance', args: ['--runInBand', '--testMatch', RETAIL], coverage: [] },
};
