import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { credentialsOf } from '../client/credentials.js';
import { type Shell, urlOption, waitingAloud } from '../shell.js';
import { playDay } from './play-day.js';
import { DayProgress } from './progress.js';
import { reportWords } from './report.js';
import { People } from './shop-api.js';

interface Flags {
  readonly url: string;
  readonly orders: number;
  readonly speed: number;
  readonly seed: number;
  readonly json?: true;
  readonly retrySeconds: number;
  readonly settleSeconds: number;
}

const HELP = `
Exit code: 0 all workflows came to rest, the audit is equal, stock and money are conserved; 1 something of this does not hold, it is named;
2 the day could not be played to its end; 130 it was interrupted. The server may be stopped and started while it runs. Played again with
the same seed and orders, nothing is done twice.`;

/** `demo:day`: plays a shop's day against a running server, and balances the books. */
export function addDemoDay(program: Command, shell: Shell): void {
  program
    .command('demo:day')
    .description("play a shop's day in quick motion, with declines, cancellations and returns, and balance the books")
    .addOption(urlOption(shell))
    .addOption(new Option('--orders <number>', 'orders that customers try to place').argParser(number(1, 1_000_000)).default(2_000))
    .addOption(new Option('--speed <times>', 'how many times as fast as the world').argParser(number(1, 1_000_000)).default(50))
    .addOption(new Option('--seed <number>', 'which day to play').argParser(number(0, 999_999)).default(randomInt(1_000_000), 'another each time'))
    .option('--retry-seconds <seconds>', 'how long the server may be away before giving up', number(0, 86_400), 120)
    .option('--settle-seconds <seconds>', 'how long workflows may take to come to rest', number(0, 86_400), 300)
    .option('--json', 'print the summary as one JSON object on the last line')
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      shell.exit(await run(flags, shell));
    });
}

const number = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
};

async function run({ url, orders, speed, seed, json, retrySeconds, settleSeconds }: Flags, shell: Shell): Promise<number> {
  let say = shell.complain;
  const again = `Play it again with --seed ${seed} --orders ${orders}: nothing is done twice.`;
  const interrupted = (): void => {
    say(`Interrupted. ${again}`);
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const onOutage = waitingAloud({ complain: (line) => say(line) });
  const people = new People({ url, retrySeconds, seed, onOutage, administrator: () => credentialsOf(shell.config) });
  const currency = shell.config.shopCurrency;
  say(`Day ${seed}: ${orders} orders at ${speed} times the world's speed, ${Math.ceil(1_440 / speed)} minutes.`);
  const report = await playDay({
    people,
    seed,
    orders,
    speed,
    currency,
    settleSeconds,
    say: (line) => say(line),
    progress: (day) => {
      const progress = new DayProgress(day);
      say = (line) => progress.say(line);
      return progress;
    },
  });
  shell.print(json ? JSON.stringify(report) : reportWords(report, currency));
  return report.ok ? 0 : 1;
}
