import { z } from 'zod';
import { DEAD_LETTER_KINDS } from './ports/dead-letters.js';
import type { EventSchema } from './schema-registry.js';

const discarded = z
  .object({
    deadLetterId: z.string().min(1).describe('The dead letter’s id in its context'),
    kind: z
      .enum(DEAD_LETTER_KINDS)
      .describe(
        'What it was: a message of a saga, a command where its saga lives or where it was received, or a message of a topic that nobody can read',
      ),
    type: z.string().min(1).describe('Type of the event, `<context>.<Command>`, or the topic'),
    subject: z.string().min(1).describe('Whose it was: `<saga>/<id>`, or `<topic>/<partition>/<offset>`'),
    messageId: z.string().nullable().describe('The event’s or the command’s own id; null for a message of a topic'),
    reason: z.string().min(1).describe('Why it was given up, in words'),
  })
  .describe('An operator, the event’s actor, gave up for good what could not be processed.');
export type DeadLetterDiscardedData = z.infer<typeof discarded>;

export const deadLetterDiscardedType = (context: string): string => `${context}.DeadLetterDiscarded`;

/** What a context records of its dead letters: what was given up for good, and why. Who did it is the event's actor. */
export const deadLetterEvents = (context: string): EventSchema[] => [
  { type: deadLetterDiscardedType(context), version: 1, schema: discarded, upcasters: {}, stream: 'dead-letter-{deadLetterId}' },
];
