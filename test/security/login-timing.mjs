// node test/security/login-timing.mjs [--tries N]   measures how long a wrong password takes for a known and for an unknown email
//
// Prints both medians and how far they are apart; exit code 1 beyond 5%. Not a test: a machine that others use makes any such figure jump.
// That both cost the same work is a test (test/e2e/identity.e2e.spec.ts).
import { parseArgs } from 'node:util';
import { startShop } from '../bench/server.mjs';
import { median } from '../bench/statistics.mjs';

const MOST_APART = 0.05;
const { values } = parseArgs({ options: { tries: { type: 'string', default: '200' } } });
const tries = Number(values.tries);
const known = 'known@example.org';

const shop = await startShop({ follow: () => undefined });
try {
  const post = (path, body) =>
    fetch(`${shop.url}/api/v1/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await post('register', { email: known, password: 'correct horse battery', name: 'Known' });

  /** Milliseconds that a wrong password takes. */
  const attempt = async (email) => {
    const started = performance.now();
    const answer = await post('login', { email, password: 'wrong horse battery' });
    await answer.arrayBuffer();
    if (answer.status !== 401) throw new Error(`the sign-in was answered ${answer.status}, not 401`);
    return performance.now() - started;
  };
  for (let i = 0; i < 20; i++) await attempt(known);
  const samples = { known: [], unknown: [] };
  // In turns, and in both orders: what else the machine does meets both alike.
  for (let i = 0; i < tries; i++) {
    const turns = [
      () => attempt(known).then((ms) => samples.known.push(ms)),
      () => attempt(`nobody${i}@example.org`).then((ms) => samples.unknown.push(ms)),
    ];
    for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const [one, other] = [median(samples.known), median(samples.unknown)];
  const apart = Math.abs(one - other) / Math.min(one, other);
  console.log(`${tries} tries each: known ${one.toFixed(2)} ms, unknown ${other.toFixed(2)} ms at the median, ${(apart * 100).toFixed(2)}% apart`);
  process.exitCode = apart > MOST_APART ? 1 : 0;
} finally {
  await shop.stop();
}
