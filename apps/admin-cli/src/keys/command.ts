import type { Command } from 'commander';
import { rotateSigningKeys } from '@api-client/sdk.gen.js';
import type { RotationView } from '@api-client/types.gen.js';
import { Api, detailOf } from '../client/api.js';
import { credentialsOf } from '../client/credentials.js';
import { Failure } from '../client/failure.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';

/** `keys:rotate`: has another key sign access tokens. */
export function addKeysRotate(program: Command, shell: Shell): void {
  program
    .command('keys:rotate')
    .description('have another key sign access tokens; nobody has to sign in again')
    .addOption(urlOption(shell))
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', '\nExit code: 0 rotated; 2 nothing was done.')
    .action(async ({ url, json }: { url: string; json?: true }) => {
      // Asked once: a rotation whose answer was lost has been made, and another is refused until its key signs.
      const api = new Api({ url, credentials: () => credentialsOf(shell.config), retrySeconds: 0, onOutage: waitingAloud(shell) });
      const answer = await api.ask((client) => rotateSigningKeys({ client }));
      if (answer.status >= 300) throw new Failure(`The keys were not rotated: ${detailOf(answer)}.`);
      const rotation = answer.body as RotationView;
      shell.print(json ? JSON.stringify(rotation) : inWords(rotation));
    });
}

const inWords = ({ kid, signsFrom, replaced }: RotationView): string =>
  [`Key ${kid} is published and signs from ${signsFrom} on.`, ...replaced.map((old) => `Key ${old.kid} verifies until ${old.verifyUntil}.`)].join(
    '\n',
  );
