import type { Command } from 'commander';
import type { RebuildResult } from '@kernel/ports/read-store.js';
import { rebuildReadModel, rollBackReadModel } from '@api-client/sdk.gen.js';
import { Api, detailOf } from '../client/api.js';
import { credentialsOf } from '../client/credentials.js';
import { Failure } from '../client/failure.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';

const LONGEST_REBUILD_MS = 280_000;

/** `rebuild NAME`: the next generation of a read model, or back to the one before. */
export function addRebuild(program: Command, shell: Shell): void {
  program
    .command('rebuild')
    .description('make the next generation of a read model while orders come in, certify it and switch to it')
    .argument('<read model>', 'its name, for example sales')
    .addOption(urlOption(shell))
    .option('--rollback', 'switch back to the generation before')
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', '\nExit code: 0 switched; 1 the new generation is not certified, the old one still answers; 2 nothing was done.')
    .action(async (name: string, { url, rollback, json }: { url: string; rollback?: true; json?: true }) => {
      // Asked once: a rebuild whose answer was lost has been made, and a second one would push the one before out.
      const api = new Api({
        url,
        credentials: () => credentialsOf(shell.config),
        retrySeconds: 0,
        timeoutMs: LONGEST_REBUILD_MS,
        onOutage: waitingAloud(shell),
      });
      const action = rollback ? 'rollback' : 'rebuild';
      const ask = rollback ? rollBackReadModel : rebuildReadModel;
      const answer = await api.ask((client) => ask({ client, path: { name } }));
      if (answer.status >= 300) throw new Failure(`No ${action} of ${name}: ${detailOf(answer)}.`);
      const result = answer.body as RebuildResult;
      shell.print(json ? JSON.stringify(result) : inWords(result, rollback === true));
      shell.exit(rollback || result.certified ? 0 : 1);
    });
}

function inWords({ readModel, from, to, rows, seconds, certified }: RebuildResult, rollback: boolean): string {
  if (rollback) return `${readModel} is back on generation ${to} (was ${from}), after ${seconds.toFixed(1)} s.`;
  const made = `generation ${to} of ${readModel}: ${rows.toLocaleString('en-GB')} rows in ${seconds.toFixed(1)} s`;
  return certified
    ? `${made}, certified; it answers from now on (${from} is kept for --rollback).`
    : `${made}, NOT certified; generation ${from} still answers.`;
}
