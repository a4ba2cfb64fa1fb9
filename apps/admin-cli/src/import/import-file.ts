import type { Client } from '@api-client/client/index.js';
import { getTopProducts, importHistory } from '@api-client/sdk.gen.js';
import type { ImportBatchBody } from '@api-client/types.gen.js';
import type { Api } from '../client/api.js';
import { BatchSender, type Outcome } from './batch-sender.js';
import type { ImportCommand } from './commands.js';
import { asReject } from './invoices.js';
import { ImportPlan, type Units } from './plan.js';
import type { Progress } from './progress.js';
import type { RejectsFile } from './rejects.js';
import { Tally } from './report.js';

export interface ImportOptions {
  readonly file: string;
  readonly units: Units;
  readonly api: Api;
  readonly rejects: RejectsFile;
  readonly batchSize: number;
  readonly inFlight: number;
  readonly progress: (rows: number) => Progress;
}

export interface Imported {
  readonly tally: Tally;
  readonly seconds: number;
  /** Said when the file could only be read in part. */
  readonly cutOff: string | undefined;
  /** Products the server refused; their orders carry name and price themselves and do not need them. */
  readonly refusedProducts: readonly string[];
}

/**
 * Imports a file into a running server, to the end that any other run of the same file has: what is there already is answered
 * `replayed`. @throws UnusableFile or Failure when it cannot go on; what was sent by then stays, and the next run continues
 */
export async function importFile({ file, units, api, rejects, batchSize, inFlight, progress: start }: ImportOptions): Promise<Imported> {
  const started = performance.now();
  const plan = await ImportPlan.of(file, units);
  const progress = start(plan.rows);
  const tally = new Tally();
  const refusedProducts: string[] = [];

  const onOutcome = async (command: ImportCommand, outcome: Outcome): Promise<void> => {
    progress.advance(command.rows.length);
    if (outcome.outcome !== 'refused') return tally.accept(command, outcome.outcome === 'replayed');
    const { code, detail } = outcome;
    // Another file showed this product first, under another description: the shop has it, and it stays as it is.
    if (command.kind === 'product' && code === 'idempotency.key-reused') return tally.accept(command, true);
    if (command.kind === 'product') refusedProducts.push(`${command.idempotencyKey}: ${code}: ${detail}`);
    else tally.reject(`refused: ${code}`, command.rows.length);
    await rejects.write(command.rows.map((row) => asReject(row, { column: '', reason: `refused: ${code}`, detail })));
  };
  const sender = new BatchSender({ batchSize, inFlight, onOutcome, post: (body) => api.ask((client) => importBatch(client, body)) });

  try {
    for await (const { commands, rejected } of plan.steps()) {
      for (const command of commands) await sender.add(command);
      for (const { reason } of rejected) tally.reject(reason);
      await rejects.write(rejected);
      progress.advance(rejected.length);
    }
    await sender.finish();
    await untilVisible(api, sender.tokens);
  } finally {
    progress.stop();
    await rejects.close();
  }
  return { tally, seconds: (performance.now() - started) / 1000, cutOff: plan.cutOff?.message, refusedProducts };
}

/** The commands are JSON already: they are cut to the endpoint's limit by it. */
const importBatch = (client: Client, body: string) => importHistory({ client, body: body as unknown as ImportBatchBody, bodySerializer: null });

/** Waits until the analysts' figures hold what was imported: the report is about what they see. */
async function untilVisible(api: Api, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    const query = { from: '2000-01-01', to: '2000-01-02', by: 'net', limit: 1 } as const;
    const answer = await api.ask((client) => getTopProducts({ client, query, headers: { 'Consistency-Token': token } }));
    if (answer.status >= 400) return;
  }
}
