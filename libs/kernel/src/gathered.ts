/** What waits for the next turn. */
interface Waiting<Part, Result> {
  readonly parts: Part[];
  readonly result: Promise<Result>;
}

/**
 * Does for many callers at once what costs about the same for one. One turn is under way at a time, and all that is handed in meanwhile makes the next:
 * nobody's turn began before it was asked for, and all who took part in one hear of its result.
 */
export class Gathered<Part, Result> {
  private underWay: Promise<unknown> | null = null;
  private waiting: Waiting<Part, Result> | null = null;

  constructor(private readonly work: (parts: readonly Part[]) => Promise<Result>) {}

  /** @throws whatever ended the turn that this was part of */
  join(part: Part): Promise<Result> {
    if (!this.underWay) return this.start([part]);
    this.waiting ??= this.next(this.underWay);
    this.waiting.parts.push(part);
    return this.waiting.result;
  }

  private next(underWay: Promise<unknown>): Waiting<Part, Result> {
    const parts: Part[] = [];
    const begin = () => {
      this.waiting = null;
      return this.start(parts);
    };
    return { parts, result: underWay.then(begin, begin) };
  }

  private start(parts: readonly Part[]): Promise<Result> {
    const result = this.work(parts);
    const release = () => {
      if (this.underWay === result) this.underWay = null;
    };
    this.underWay = result;
    result.then(release, release);
    return result;
  }
}
