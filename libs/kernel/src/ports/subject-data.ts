import type { StoredEvent } from '../event.js';

/** A part of what is held of a person: one thing, or a list that is read while it is written out. */
export interface SubjectSection {
  /** camelCase, unique within the context. */
  readonly name: string;
  readonly content: object | AsyncIterable<object>;
}

/** What a context holds of a person. Every context that holds something provides one; the export finds them by this class. */
export abstract class SubjectData {
  abstract readonly context: string;
  /** All that is held of this person, and nothing of anybody else. Nothing is read before its section is. */
  abstract sections(subject: string): readonly SubjectSection[] | Promise<readonly SubjectSection[]>;
}

/** An event about a person as the person gets to see it. */
export interface SubjectEvent {
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  /** Who did it: nobody else's id is the person's to know. */
  readonly by: 'self' | 'another' | 'system';
  readonly data: unknown;
}

export const toSubjectEvent = (
  { type, occurredAt, recordedAt, actor }: Pick<StoredEvent, 'type' | 'occurredAt' | 'recordedAt' | 'actor'>,
  subject: string,
  data: unknown,
): SubjectEvent => ({ type, occurredAt, recordedAt, by: actor === null ? 'system' : actor === subject ? 'self' : 'another', data });
