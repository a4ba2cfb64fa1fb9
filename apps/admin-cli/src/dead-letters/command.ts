import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DeadLetter, DeadLetterDetail, DiscardedDeadLetter, RetriedDeadLetter } from '@kernel/ports/dead-letters.js';
import { Api, detailOf } from '../client/api.js';
import { credentialsOf } from '../client/credentials.js';
import { Failure } from '../client/failure.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';
import { detailInWords, letterInWords } from './in-words.js';

interface Common {
  readonly url: string;
  readonly json?: true;
}
interface ListOptions extends Common {
  readonly kind?: string;
  readonly held?: true;
  readonly limit: number;
  readonly after?: string;
}

const ROUTE = '/api/v1/dead-letters';

/** `dead-letters list|show|retry|discard`: what could not be processed, and what is to become of it. */
export function addDeadLetters(program: Command, shell: Shell): void {
  const group = program
    .command('dead-letters')
    .description('see what could not be processed, and retry or discard it')
    .addHelpText('after', '\nExit code: 0 done; 1 retried and parked again; 2 nothing was done.');
  const add = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .argument('<context>', 'the context that keeps it, for example ordering')
      .addOption(urlOption(shell))
      .option('--json', 'print the result as one JSON object on the last line');
  const api = ({ url }: Common): Api =>
    new Api({ url, credentials: () => credentialsOf(shell.config), retrySeconds: 0, onOutage: waitingAloud(shell) });

  add('list', 'list what is parked, the last first')
    .option('--kind <kind>', 'only saga-message, outbox-command, inbox-command or topic-message')
    .option('--held', 'only what waits behind what is parked')
    .addOption(new Option('--limit <count>', 'at most so many').default(50).argParser(countOf))
    .option('--after <cursor>', 'go on where the page before ended')
    .action(async (context: string, options: ListOptions) => {
      const { kind, held, limit, after } = options;
      const query = new URLSearchParams({
        limit: String(limit),
        ...(kind !== undefined && { kind }),
        ...(held && { state: 'held' }),
        ...(after !== undefined && { cursor: after }),
      });
      const { items, next } = await asked<{ items: DeadLetter[]; next?: string }>(api(options), 'GET', `/${encodeURIComponent(context)}?${query}`);
      if (options.json) return shell.print(JSON.stringify({ items, ...(next !== undefined && { next }) }));
      for (const letter of items) shell.print(letterInWords(letter));
      if (items.length === 0) shell.print(`${context} has no such dead letters.`);
      if (next !== undefined) shell.print(`There are more: --after ${next}`);
    });

  add('show', 'show one as it came')
    .argument('<id>', 'as the list has it')
    .action(async (context: string, id: string, options: Common) => {
      const letter = await asked<DeadLetterDetail>(api(options), 'GET', pathOf(context, id));
      shell.print(options.json ? JSON.stringify(letter) : detailInWords(letter));
    });

  add('retry', 'try one again now, and what waits behind it after it')
    .argument('<id>', 'as the list has it')
    .action(async (context: string, id: string, options: Common) => {
      const retried = await asked<RetriedDeadLetter>(api(options), 'POST', `${pathOf(context, id)}/retry`);
      shell.print(options.json ? JSON.stringify(retried) : RETRIED[retried.outcome](retried));
      if (retried.outcome === 'parked') shell.exit(1);
    });

  add('discard', 'give one up for good, which is recorded')
    .argument('<id>', 'as the list has it')
    .requiredOption('--reason <text>', 'why, kept with who did it')
    .action(async (context: string, id: string, options: Common & { reason: string }) => {
      const { reason } = options;
      const discarded = await asked<DiscardedDeadLetter>(api(options), 'POST', `${pathOf(context, id)}/discard`, { reason });
      shell.print(options.json ? JSON.stringify(discarded) : `${id} is discarded: ${reason}.`);
    });
}

const RETRIED: Readonly<Record<RetriedDeadLetter['outcome'], (retried: RetriedDeadLetter) => string>> = {
  handled: ({ id }) => `${id} is handled, and what waited behind it as far as it could be.`,
  queued: ({ id }) => `${id} is due now; it is listed again if it fails again.`,
  parked: ({ id, reason }) => `${id} is parked again: ${reason ?? 'no reason is known'}.`,
};

const pathOf = (context: string, id: string): string => `/${encodeURIComponent(context)}/${encodeURIComponent(id)}`;

/** @throws Failure with what the server says where it refuses */
async function asked<Body>(api: Api, method: 'GET' | 'POST', path: string, body?: object): Promise<Body> {
  // Its own key: an answer that is lost on the way has its effect once all the same.
  const headers = { ...(method === 'POST' && { 'idempotency-key': randomUUID() }), ...(body && { 'content-type': 'application/json' }) };
  const answer = await api.request(method, `${ROUTE}${path}`, body && JSON.stringify(body), headers);
  if (answer.status >= 300) throw new Failure(`Nothing was done: ${detailOf(answer)}.`);
  return answer.body as Body;
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 200) throw new InvalidArgumentError('It must be a whole number from 1 to 200.');
  return count;
}
