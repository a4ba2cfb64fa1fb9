import { InvalidArgumentError, Option } from 'commander';
import type { Config } from '@adapters/runtime/src/config.js';

/** What a command needs of the process that it runs in. */
export interface Shell {
  readonly config: Config;
  /** Where relative paths start: where the caller stood, which npm changes. */
  readonly directory: string;
  /** A line of the result, to standard output. */
  print(line: string): void;
  /** A line about the work, to standard error. */
  complain(line: string): void;
  exit(code: number): void;
}

/** `--url`, with this environment's own server as the default. */
export const urlOption = ({ config }: Shell): Option =>
  new Option('--url <url>', 'the server').default(`http://localhost:${config.port || 3000}`).argParser((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      throw new InvalidArgumentError('It must be an address such as http://localhost:3000.');
    return text;
  });

/** Says why a command waits, and when it goes on. */
export const waitingAloud =
  (shell: Pick<Shell, 'complain'>) =>
  (reason: string | undefined): void =>
    shell.complain(reason === undefined ? 'The server is back.' : `Waiting for the server (${reason}).`);
