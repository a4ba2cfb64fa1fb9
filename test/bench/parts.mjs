import { append } from './append.mjs';
import { fulfilment } from './fulfilment.mjs';
import { importFile } from './import.mjs';
import { manyOrders } from './many-orders.mjs';
import { machine, occupancy } from './machine.mjs';
import { cluster } from './pipeline/cluster.mjs';
import { projectors } from './pipeline/projectors.mjs';
import { relay } from './pipeline/relay.mjs';
import { placeOrder } from './place-order.mjs';
import { readSide } from './read-side.mjs';
import { printTable } from './table.mjs';
import { visible } from './visible.mjs';

/** What can be measured, each by itself on data of its own. */
export const parts = { append, 'place-order': placeOrder, fulfilment, 'many-orders': manyOrders, visible, import: importFile, 'read-side': readSide };

/** What the distributed pipeline has beyond that: Kafka, projectors by number, and every role as a process. */
export const pipelineParts = { relay, projectors, cluster };

/** Runs parts one after another. A part that fails says so in the report and stops no other. */
export async function runParts(names, options) {
  const report = { at: new Date().toISOString(), quick: options.quick, machine: machine(), parts: {} };
  for (const name of names) {
    console.log(`\n== ${name}`);
    const watch = occupancy();
    const context = { ...options, follow: watch.follow, say: (line) => console.log(`   ${line}`) };
    try {
      const figures = await { ...parts, ...pipelineParts }[name](context);
      report.parts[name] = { figures, ...watch.stop() };
    } catch (error) {
      report.parts[name] = { figures: [], failed: error.message, ...watch.stop() };
      console.error(error);
      process.exitCode = 1;
    }
  }
  printTable(report);
  return report;
}
