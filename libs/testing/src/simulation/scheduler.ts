/** Whose task it is: who is dead by then does it no more, and who hangs does it later. */
export interface TaskOwner {
  readonly isDead: boolean;
  readonly frozenUntil: number;
  run(work: () => void): void;
}

/** Something that will happen, unless it is called off or its process is dead by then. */
export interface Task {
  readonly process: TaskOwner | null;
  due: number;
  order: number;
  run: (() => void) | null;
}

/** What is real of the host: everything that a promise leads to has happened when it comes. */
const { setImmediate: nextTurn } = globalThis;
const settled = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve));

/** Virtual time: what is due next happens next, and the clock is wherever that is. One thing at a time, and whatever follows from it, before the next. */
export class Scheduler {
  /** Milliseconds since the world began. */
  now = 0;
  /** Over everything that happened, and when. */
  fingerprint = 0;
  happened = 0;
  private order = 0;
  private readonly heap: Task[] = [];

  after(ms: number, process: TaskOwner | null, run: () => void): Task {
    const task = { process, due: this.now + Math.max(ms, 0), order: this.order++, run };
    this.push(task);
    return task;
  }

  /** Lets things happen until it is over, or until an instant. */
  async run(isOver: () => boolean, until: number): Promise<void> {
    while (!isOver()) {
      const task = this.heap[0];
      if (!task || task.due > until) {
        this.now = until;
        return;
      }
      this.pop();
      const { process, run } = task;
      if (!run || process?.isDead) continue;
      if (process && process.frozenUntil > task.due) {
        task.due = process.frozenUntil;
        this.push(task);
        continue;
      }
      this.now = task.due;
      this.happened += 1;
      this.fingerprint = (Math.imul(this.fingerprint ^ task.order, 0x01000193) ^ Math.floor(task.due * 1_000)) >>> 0;
      if (process) process.run(run);
      else run();
      await settled();
    }
  }

  private push(task: Task): void {
    const { heap } = this;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isSooner(task, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = task;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isSooner(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isSooner(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

const isSooner = (one: Task, other: Task): boolean => one.due < other.due || (one.due === other.due && one.order < other.order);
