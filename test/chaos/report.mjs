// What happened, and what was found.

export class Report {
  faults = 0;
  #passed = 0;
  #failed = 0;
  #recoveries = new Map();
  #commands = new Map();

  /** @param {(text: string) => void} say */
  constructor(say) {
    this.say = say;
  }

  get failed() {
    return this.#failed;
  }

  check(name, problems) {
    const isGood = problems.length === 0;
    if (isGood) this.#passed += 1;
    else this.#failed += 1;
    this.say(`  ${isGood ? 'ok    ' : 'FAILED'} ${name}`);
    for (const problem of problems.slice(0, 10)) this.say(`           ${problem}`);
    if (problems.length > 10) this.say(`           and ${problems.length - 10} more`);
    return isGood;
  }

  recovery(name, seconds) {
    this.#recoveries.set(name, [...(this.#recoveries.get(name) ?? []), seconds]);
  }

  commands(name, created) {
    this.#commands.set(name, (this.#commands.get(name) ?? 0) + created);
  }

  summary() {
    const recoveries = [...this.#recoveries].map(([name, all]) => {
      const sorted = [...all].sort((a, b) => a - b);
      const figures = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) => value.toFixed(1).padStart(6));
      return `  ${name.padEnd(34)} ${String(all.length).padStart(3)} ${figures.join(' ')}`;
    });
    const commands = [...this.#commands].map(([name, created]) => `  ${name.padEnd(34)} ${String(created).padStart(5)}`);
    return [
      `${this.faults} faults`,
      `Recovery after                        n    min median    max (s)`,
      ...recoveries,
      'Commands answered 201 while it lasted',
      ...commands,
      '',
      `${this.#passed} passed, ${this.#failed} failed`,
    ].join('\n');
  }
}
