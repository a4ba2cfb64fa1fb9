import type { Role } from './roles.js';
import { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

const RETRY_MS = 150;

/** One place in the fleet: a process runs there, and another after it when it has died. */
export class Station<Kind extends Role = Role> {
  process: SimulatedProcess;
  role: Kind | null = null;
  private incarnation = 0;
  private isStopping = false;

  constructor(
    private readonly world: World,
    private readonly name: string,
    private readonly make: (name: string) => Kind,
  ) {
    this.process = this.begin();
  }

  /** Ends it between one moment and the next, and begins anew after a while. */
  crash(): void {
    if (this.process.isDead) return;
    this.world.tell(() => 'dies', this.process.name);
    this.process.die();
    this.role = null;
    this.world.scheduler.after(this.world.random.from(1, 1_500), null, () => void (this.process = this.begin()));
  }

  /** Hangs for a while: to the others it may be dead, and then it is back. */
  freeze(): void {
    const ms = this.world.random.from(50, 3_500);
    this.world.tell(() => `hangs for ${ms} ms`, this.process.name);
    this.process.frozenUntil = this.world.scheduler.now + ms;
  }

  jumpClock(): void {
    this.process.skewMs += this.world.random.from(-20_000, 20_000);
    this.world.tell(() => `its clock is off by ${this.process.skewMs} ms`, this.process.name);
  }

  /** Asks it to end, as a deployment does, and begins anew when it has. */
  restart(): void {
    const { process, role } = this;
    if (process.isDead || !role || this.isStopping) return;
    this.isStopping = true;
    this.world.tell(() => 'is asked to end', process.name);
    void process.run(() => this.end(process, role));
  }

  private async end(process: SimulatedProcess, role: Kind): Promise<void> {
    await role.stop();
    if (this.process === process) this.crash();
  }

  /** No more faults: whatever hung goes on. */
  heal(): void {
    this.process.frozenUntil = 0;
    this.process.skewMs = 0;
  }

  private begin(): SimulatedProcess {
    this.incarnation += 1;
    this.isStopping = false;
    this.role = null;
    const name = `${this.name}#${this.incarnation}`;
    const process = newProcess(this.world, name);
    this.world.scheduler.after(0, process, () => void this.start(process, name));
    return process;
  }

  /** As a supervisor does: what fails to start is started again. */
  private async start(process: SimulatedProcess, name: string): Promise<void> {
    const role = this.make(name);
    try {
      await role.start();
      if (this.process === process) this.role = role;
    } catch (error) {
      this.world.tell(() => `could not start: ${String(error)}`, name);
      process.die();
      this.world.scheduler.after(RETRY_MS, null, () => {
        if (this.process === process) this.process = this.begin();
      });
    }
  }
}

/** Clocks differ in how fast they run and in what they say. */
export function newProcess(world: World, name: string): SimulatedProcess {
  const { random, scheduler } = world;
  return new SimulatedProcess(name, scheduler, random, 0.95 + random.next() / 10, random.from(-500, 500));
}
