// Loaded before a process' own program (`node --import`): makes the next release of it, in which an event has another version. What is compiled is changed
// as it is loaded, so the program itself knows nothing of it.
import { registerHooks } from 'node:module';

const CHANGES = {
  'contexts/catalog/src/contract/events.js': [
    /version: 1,(\s+)schema: stockAdjusted,(\s+)upcasters: \{\}/,
    'version: 2,$1schema: stockAdjusted,$2upcasters: { 1: (data) => data }',
  ],
  'contexts/catalog/src/domain/stock.js': [/type: 'catalog.StockAdjusted',(\s+)version: 1/, "type: 'catalog.StockAdjusted',$1version: 2"],
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const [, change] = Object.entries(CHANGES).find(([file]) => url.endsWith(file)) ?? [];
    if (!change) return loaded;
    const [source, changed] = [String(loaded.source), String(loaded.source).replace(...change)];
    if (changed === source) throw new Error(`${url} is not as the next release expects it: look at ${import.meta.filename}`);
    return { ...loaded, source: changed };
  },
});
