/** A subject's wrapped key, or `destroyed` for one that was forgotten. */
export type StoredKey = Buffer | 'destroyed';

/** Where wrapped keys are kept. */
export abstract class SubjectKeys {
  /** Null for a subject that never had a key. */
  abstract find(subject: string): Promise<StoredKey | null>;
  /** Keeps the key unless the subject has one or had one; returns what is kept, so that everyone who races gets the winner's. */
  abstract keep(subject: string, wrapped: Buffer): Promise<StoredKey>;
  /** Destroys the key and remembers that, so that a late event can never make another. */
  abstract destroy(subject: string): Promise<void>;
}
