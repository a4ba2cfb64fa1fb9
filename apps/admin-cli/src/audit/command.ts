import type { Command } from 'commander';
import type { Certificate } from '@kernel/ports/read-store.js';
import { audit } from '@api-client/sdk.gen.js';
import { Api, detailOf } from '../client/api.js';
import { credentialsOf } from '../client/credentials.js';
import { Failure } from '../client/failure.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';
import { certificateTable } from './certificate-table.js';

const LONGEST_AUDIT_MS = 280_000;

/** `audit`: has the server prove its figures against the events. */
export function addAudit(program: Command, shell: Shell): void {
  program
    .command('audit')
    .description('prove every figure against the events, while orders come in')
    .addOption(urlOption(shell))
    .option('--json', 'print the certificate as one JSON object on the last line')
    .addHelpText('after', '\nExit code: 0 equal; 1 something differs, the keys are named; 2 the audit could not be made.')
    .action(async ({ url, json }: { url: string; json?: true }) => {
      const api = new Api({
        url,
        credentials: () => credentialsOf(shell.config),
        retrySeconds: 10,
        timeoutMs: LONGEST_AUDIT_MS,
        onOutage: waitingAloud(shell),
      });
      const answer = await api.ask((client) => audit({ client }));
      if (answer.status >= 300) throw new Failure(`The audit was not made: ${detailOf(answer)}.`);
      const certificate = answer.body as Certificate;
      shell.print(json ? JSON.stringify(certificate) : certificateTable(certificate));
      shell.exit(certificate.equal ? 0 : 1);
    });
}
