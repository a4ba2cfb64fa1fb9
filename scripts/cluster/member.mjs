// One member of a cluster, an engine or a role: started until it is ready, started again when it dies, stopped until it is gone.
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** What ran for so long did not die of its start. */
const STEADY_MS = 60_000;
/** With which a role ends that could not start for want of what comes back by itself, such as a database that did not answer in time. */
const TRY_AGAIN = 75;
const TRIES = 4;

export class Member {
  #launch;
  #onChange;
  #stopSignal;
  #server;
  #isWanted = false;
  #work = Promise.resolve();
  #pauseMs = FIRST_PAUSE_MS;
  state = 'stopped';
  /** How often it was started again after it had died. */
  restarts = 0;

  /**
   * @param {object} options
   * @param {string} options.name
   * @param {(onSpawn: (server: object) => void) => Promise<import('../engines/server-process.mjs').ServerProcess>} options.launch resolves when it
   *   is ready, and tells of the process as soon as there is one
   * @param {NodeJS.Signals} [options.stopSignal]
   * @param {(member: Member) => void} [options.onChange]
   */
  constructor({ name, launch, stopSignal = 'SIGTERM', onChange = () => undefined, ...facts }) {
    this.name = name;
    /** What it is and where it listens. */
    this.facts = facts;
    this.#launch = launch;
    this.#stopSignal = stopSignal;
    this.#onChange = onChange;
  }

  get pid() {
    return this.#server?.isAlive ? this.#server.pid : undefined;
  }

  get isReady() {
    return this.state === 'ready';
  }

  /** Resolves when it is ready; what asks to be started once more is. @throws Error when it does not start */
  start() {
    this.#isWanted = true;
    return this.#inTurn(async () => {
      if (this.pid !== undefined) return;
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.#begin();
        } catch (error) {
          if (error.exitCode !== TRY_AGAIN || tries === TRIES || !this.#isWanted) throw error;
          await sleep(FIRST_PAUSE_MS * tries);
        }
      }
    });
  }

  /** Asks it to finish what is in hand and go, also where it is still starting; resolves when it is gone. */
  stop(patienceMs = 30_000) {
    this.#isWanted = false;
    if (this.state === 'starting') void this.#server?.stop(patienceMs, this.#stopSignal);
    return this.#inTurn(async () => {
      if (!this.#server) return;
      this.#become('stopping');
      await this.#server.stop(patienceMs, this.#stopSignal);
      this.#become('stopped');
    });
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Kills it at once (SIGKILL). It is started again like anything that dies, unless it is to stay dead. */
  async kill({ stayDead = false } = {}) {
    if (stayDead) this.#isWanted = false;
    await this.#server?.kill();
  }

  /** Stops it in the middle of whatever it does (SIGSTOP): it keeps its connections and answers nobody. */
  hang() {
    this.#server?.hang();
  }

  goOn() {
    this.#server?.goOn();
  }

  /** One after the other: a stop waits for the start before it, which it has cut short. */
  #inTurn(work) {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #begin() {
    this.#become('starting');
    try {
      this.#server = await this.#launch((server) => this.#spawned(server));
    } catch (error) {
      this.#become('down');
      throw error;
    }
    this.#become('ready');
    void this.#watch(this.#server, performance.now());
  }

  #spawned(server) {
    this.#server = server;
    // It was told to stop before there was a process.
    if (!this.#isWanted) void server.stop(undefined, this.#stopSignal);
  }

  async #watch(server, since) {
    const { code, signal } = await server.exited;
    if (server !== this.#server || !this.#isWanted) return;
    this.lastEnd = signal ?? `exit code ${code}`;
    this.#become('down');
    if (performance.now() - since > STEADY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    await this.#again();
  }

  async #again() {
    while (this.#isWanted) {
      await sleep(this.#pauseMs, undefined, { ref: false });
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
      try {
        await this.#inTurn(async () => {
          if (!this.#isWanted || this.pid !== undefined) return;
          this.restarts += 1;
          await this.#begin();
        });
        return;
      } catch (error) {
        this.lastEnd = error.message;
        this.#onChange(this);
      }
    }
  }

  #become(state) {
    this.state = state;
    this.#onChange(this);
  }
}
