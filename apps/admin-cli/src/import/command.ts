import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Api } from '../client/api.js';
import { credentialsOf } from '../client/credentials.js';
import { Failure } from '../client/failure.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';
import { importFile } from './import-file.js';
import { progressOf } from './progress.js';
import { RejectsFile } from './rejects.js';
import { UnusableFile } from './rows.js';

interface Flags {
  readonly url: string;
  readonly json?: true;
  readonly rejects?: string;
  readonly retrySeconds: number;
  readonly batch: number;
  readonly inFlight: number;
}

const HELP = `
Exit code: 0 every row is in the shop; 1 the import is complete, but rows were rejected (they are counted by reason and written to
the rejects file); 2 it could not be completed: the file or the server is unusable, or the file is cut off; 130 it was interrupted.
Running it again is always safe: nothing is imported twice.`;

/** `import FILE`: brings Online Retail's CSV into a running server. */
export function addImport(program: Command, shell: Shell): void {
  program
    .command('import')
    .description("import a retailer's history from Online Retail's CSV, plain or gzip-compressed")
    .argument('<file>', 'the CSV file')
    .addOption(urlOption(shell))
    .option('--json', 'print the report as one JSON object on the last line')
    .option('--rejects <path>', 'where rejected rows go (default: <file>.rejects.csv in the working directory)')
    .option('--retry-seconds <seconds>', 'how long the server may be away before giving up', wholeNumber(0, 86_400), 120)
    .addOption(new Option('--batch <commands>', 'commands in a request').argParser(wholeNumber(1, 1000)).default(100))
    .addOption(new Option('--in-flight <requests>', 'requests at a time').argParser(wholeNumber(1, 16)).default(4))
    .addHelpText('after', HELP)
    .action(async (file: string, flags: Flags) => {
      shell.exit(await run(resolve(shell.directory, file), flags, shell));
    });
}

const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
};

async function run(file: string, flags: Flags, shell: Shell): Promise<number> {
  const path = resolve(shell.directory, flags.rejects ?? `${basename(file)}.rejects.csv`);
  if (path === file) throw new Failure('The rejects file must not be the file that is imported.');
  const rejects = await RejectsFile.at(path);
  let say = shell.complain;
  let stopBar = (): void => {};
  const interrupted = (): void => {
    stopBar();
    shell.complain('Interrupted. Run it again to go on: nothing is imported twice.');
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const api = new Api({
    url: flags.url,
    credentials: () => credentialsOf(shell.config),
    retrySeconds: flags.retrySeconds,
    onOutage: waitingAloud({ complain: say }),
  });
  try {
    const { tally, seconds, cutOff, refusedProducts } = await importFile({
      file,
      units: { timezone: 'Europe/London', currency: shell.config.shopCurrency },
      api,
      rejects,
      batchSize: flags.batch,
      inFlight: flags.inFlight,
      progress: (rows) => {
        const progress = progressOf(rows);
        say = (line) => progress.say(line);
        stopBar = () => progress.stop();
        return progress;
      },
    });
    for (const product of refusedProducts.slice(0, 20)) shell.complain(`Not made: ${product}`);
    if (rejects.count > 0) shell.complain(`${rejects.count} rows were rejected; they are in ${path}, with line, column and reason.`);
    if (cutOff) shell.complain(`${file}: ${cutOff}.`);
    shell.print(flags.json ? JSON.stringify(tally.report(seconds)) : tally.words(shell.config.shopCurrency, seconds));
    return cutOff ? 2 : tally.rejectedRows + refusedProducts.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof UnusableFile) throw new Failure(`${file}: ${error.message}.`);
    throw error;
  }
}
