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

  /** How commands were answered between two instants: those that succeeded, and those that the server owed an answer. */
  between(from, to) {
    const answers = this.asked.flatMap((asked) => asked.answers.map((answer) => ({ ...answer, kind: asked.kind })));
    const within = answers.filter(({ at, ms }) => at - ms >= from && at <= to);
    return {
      created: within.filter(({ status }) => status === 201).length,
      accepted: within.filter(({ status }) => status >= 200 && status < 300).length,
      failed: within.filter(({ status }) => status >= 500),
      lost: within.filter(({ status }) => status === 0),
    };
  }
}

export const isAccepted = ({ outcomes }) => outcomes.some(({ status }) => status < 300);
/** Of all who sent it each was refused. */
export const isRefused = ({ outcomes, senders }) => outcomes.length === senders && outcomes.every(({ status }) => status >= 400);
