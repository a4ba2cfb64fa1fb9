// A deployment in the middle of the day: processes one after the other, and read models made anew.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { untilNothingIsMissing } from '../wait.mjs';

const NEXT_RELEASE = pathToFileURL(join(import.meta.dirname, '..', 'preload', 'next-release.mjs')).href;
/** For the database, which another fault may break just then. */
const PATIENCE_MS = 30_000;
const SERVICES = ['identity', 'catalog', 'ordering', 'query-api', 'relay', 'projector', 'saga-runner'];

const rolling = (service) => ({
  name: `rolling restart of ${service}`,
  needs: [service],
  recovery: 'none',
  async begin(world) {
    for (const { name } of world.membersOf(service)) await world.restart(name);
  },
});

/** Every process after the other becomes one of the next release, which writes an event in another version; nobody goes back. */
const release = {
  name: 'a release with a new version of an event',
  needs: SERVICES,
  recovery: 'none',
  async begin(world, random) {
    world.preloads.add(NEXT_RELEASE);
    for (const { name } of world.membersOf(...SERVICES)) await world.restart(name);
    await world.shop.moveStock(random.pick(world.shop.skus), 1, 'counted');
    const missing = await untilNothingIsMissing(() => notReleased(world), PATIENCE_MS);
    if (missing.length > 0) throw new Error(missing.join('; '));
  },
};

/** A release that writes what the one before it wrote would be a restart. */
async function notReleased(world) {
  const rows = await world.rows('catalog', `select 1 from catalog.event where type = 'catalog.StockAdjusted' and version = 2 limit 1`);
  return rows.length > 0 ? [] : ['nothing is written in the new version of its event'];
}

/** The next generation of a read model, while whatever else happens does: it may be refused, but then the one before answers on. */
const rebuild = {
  name: 'a read model is made anew',
  needs: ['rebuild'],
  recovery: 'none',
  commandsGoOn: true,
  async begin({ shop, say }, random) {
    const name = random.pick(['sales', 'stock']);
    const answer = await shop.admin.post(`/admin/read-models/${name}/rebuild`, {}, 60_000);
    say(`             ${name}: ${answer.status} ${answer.code ?? (answer.body.certified ? 'certified' : 'not certified')}`);
    // To be refused is one thing; to be made, and not to be what its SQL makes of the ledger, another.
    if (answer.status === 200 && !answer.body.certified) throw new Error(`${name} was made anew and is not certified`);
  },
};

export const deploys = [...['ordering', 'relay', 'projector', 'saga-runner'].map(rolling), release, rebuild];
