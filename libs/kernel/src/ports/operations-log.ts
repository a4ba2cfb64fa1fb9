/** Tells the audit trail what operators do to the server itself, which changes nothing that an event of the shop tells of. */
export abstract class OperationsLog {
  /**
   * Does the work, recorded before it begins and once more with its outcome when it has ended. What cannot be recorded is not begun; where the
   * process dies in between, the trail has the beginning without an outcome.
   * @param operation lower-case words joined by hyphens: `purge-cache`
   * @param target what it is done to: a name or a key, and nothing about a person; at most 200 characters of it are kept
   */
  abstract record<Result>(operation: string, target: string, work: () => Promise<Result>): Promise<Result>;
}
