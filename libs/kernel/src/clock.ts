/** Where the time comes from; replaced in tests. */
export abstract class Clock {
  /** Now, as an ISO 8601 instant in UTC with milliseconds. */
  abstract now(): string;
}
