// npm run test:faults -- --rounds N --seed S   breaks a cluster under load and checks that nothing was lost or doubled; ends with `N passed, N failed`
import './require-node.mjs';
import { buildIfStale } from './build-if-stale.mjs';

buildIfStale();
const { main } = await import('../test/chaos/main.mjs');
const code = await main(process.argv.slice(2));
// What a pipe has not taken yet would be lost.
process.stdout.write('', () => process.exit(code));
