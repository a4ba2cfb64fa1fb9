// What was asked and what was answered: the only witness of what the shop promised.

/**
 * @typedef {object} Asked one command under one key, however often it was sent
 * @property {string} key
 * @property {string} kind `place`, `ship`, …
 * @property {string} stream of what it changes; unknown until the answer where the command makes it
 * @property {{ at: number, ms: number, status: number, code?: string, service?: string }[]} answers every one, 0 where a connection was lost; times of `Date.now()`
 * @property {{ status: number, body: object, version?: number }[]} outcomes those that count: an answer of 2xx or a refusal
 */
export class Journal {
  /** @type {Asked[]} */
  asked = [];

  open(key, kind, facts = {}) {
    const entry = { key, kind, answers: [], outcomes: [], senders: 0, ...facts };
    this.asked.push(entry);
    return entry;
  }

  /** Sent, and not answered for good by all who sent it. */
  get unresolved() {
    return this.asked.filter(({ outcomes, senders }) => outcomes.length < senders);
  }

  get accepted() {
    return this.asked.filter(isAccepted);
  }

  /** Commands that were sent between two instants: how many were made by the second, and those that the server owed an answer. */
  between(from, to) {
    const answers = this.asked.flatMap((asked) => asked.answers.map((answer) => ({ ...answer, kind: asked.kind })));
    // Whenever the answer came: one that keeps somebody waiting for longer than the fault lasts is no better for it.
    const begun = answers.filter((answer) => timeOf(answer) >= from && timeOf(answer) <= to);
    return {
      created: begun.filter(({ at, status }) => at <= to && status === 201).length,
      failed: begun.filter(({ status, code }) => status >= 500 || code === 'TimeoutError'),
    };
  }
}

/** An answer that says nothing of the command itself. */
const OF_NO_COMMAND = new Set([401, 429]);
const timeOf = ({ at, ms }) => at - ms;

/** Whether it was refused to somebody who sent it again when somebody had been told that it was done. */
export function refusedAfterwards({ answers }) {
  const done = Math.min(...answers.filter(({ status }) => status >= 200 && status < 300).map(({ at }) => at));
  const refusals = answers.filter(
    ({ status, code }) => status >= 400 && status < 500 && !OF_NO_COMMAND.has(status) && code !== 'idempotency.in-flight',
  );
  return refusals.some((answer) => timeOf(answer) > done);
}

export const isAccepted = ({ outcomes }) => outcomes.some(({ status }) => status < 300);
/** Of all who sent it each was refused. */
export const isRefused = ({ outcomes, senders }) => outcomes.length === senders && outcomes.every(({ status }) => status >= 400);
