import { EventEmitter, once } from 'node:events';
import { Member } from '../../scripts/cluster/member.mjs';
import type { ServerProcess } from '../../scripts/engines/server-process.mjs';

/** A process that ends when it is told to. */
class FakeProcess extends EventEmitter {
  static count = 0;
  readonly name = 'fake';
  readonly pid = ++FakeProcess.count;
  isAlive = true;
  stoppedWith: string | undefined;
  readonly exited = once(this, 'exit').then(([code, signal]) => ({ code, signal })) as ServerProcess['exited'];

  die(code: number | null, signal: NodeJS.Signals | null = null): void {
    this.isAlive = false;
    this.emit('exit', code, signal);
  }
  async stop(_patienceMs?: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.stoppedWith = signal;
    this.die(0);
  }
  async kill(): Promise<void> {
    this.die(null, 'SIGKILL');
  }
  hang(): void {}
  goOn(): void {}
}

function memberOf(launch: () => Promise<FakeProcess>, stopSignal?: NodeJS.Signals) {
  const states: string[] = [];
  const waiting = new Set<() => void>();
  const member = new Member({
    name: 'ordering-1',
    launch: launch as unknown as () => Promise<ServerProcess>,
    ...(stopSignal && { stopSignal }),
    onChange: ({ state }) => {
      states.push(state);
      for (const look of waiting) look();
    },
  });
  const until = (state: string, times: number) =>
    new Promise<void>((resolve) => {
      const look = () => states.filter((one) => one === state).length >= times && resolve();
      waiting.add(look);
      look();
    });
  return { member, states, until };
}

describe('what ends at its start', () => {
  const failing = (exitCode: number, times: number) => {
    let tried = 0;
    const { member } = memberOf(async () => {
      tried += 1;
      if (tried <= times) throw Object.assign(new Error('it ended at its start'), { exitCode });
      return new FakeProcess();
    });
    return { member, tried: () => tried };
  };

  it('is started once more where it asks for that', async () => {
    const { member, tried } = failing(75, 2);
    await member.start();
    expect([member.isReady, tried()]).toEqual([true, 3]);
    await member.stop();
  });

  it('is not where it does not, nor for ever', async () => {
    const wrong = failing(1, 1);
    await expect(wrong.member.start()).rejects.toThrow('it ended at its start');
    expect(wrong.tried()).toBe(1);
    const never = failing(75, 99);
    await expect(never.member.start()).rejects.toThrow('it ended at its start');
    expect(never.tried()).toBe(4);
  });

  it('is not where it was told to stop meanwhile', async () => {
    const { member, tried } = failing(75, 99);
    const start = member.start();
    await Promise.all([expect(start).rejects.toThrow(), member.stop()]);
    expect(tried()).toBeLessThan(4);
  });
});

it('is ready when its process is, and gone when it has stopped', async () => {
  const launched: FakeProcess[] = [];
  const { member, states } = memberOf(async () => launched[launched.push(new FakeProcess()) - 1]!, 'SIGQUIT');
  await member.start();
  expect([member.isReady, member.pid]).toEqual([true, launched[0]!.pid]);
  await member.start();
  await member.stop();
  expect([member.pid, launched.length, launched[0]!.stoppedWith]).toEqual([undefined, 1, 'SIGQUIT']);
  expect(states).toEqual(['starting', 'ready', 'stopping', 'stopped']);
});

it('is started again when it dies, and as long as that fails', async () => {
  const launched: FakeProcess[] = [];
  let failures = 0;
  const { member, until } = memberOf(async () => {
    if (launched.length === 1 && failures++ < 1) throw new Error('not yet');
    return launched[launched.push(new FakeProcess()) - 1]!;
  });
  await member.start();
  launched[0]!.die(1);
  await until('ready', 2);
  expect([member.isReady, member.restarts, launched.length]).toEqual([true, 2, 2]);
  await member.stop();
});

it('stays dead where that is wanted, until it is started', async () => {
  const { member } = memberOf(async () => new FakeProcess());
  await member.start();
  await member.kill({ stayDead: true });
  expect(member.pid).toBeUndefined();
  await member.start();
  expect([member.isReady, member.restarts]).toEqual([true, 0]);
  await member.stop();
});

it('says why it did not start, and is not started again by itself', async () => {
  let tries = 0;
  const { member } = memberOf(() => {
    tries += 1;
    return Promise.reject(new Error('Cannot start: Bad environment'));
  });
  await expect(member.start()).rejects.toThrow('Bad environment');
  await member.stop();
  expect([tries, member.state]).toEqual([1, 'down']);
});
