import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';

/** Longest target that is kept, characters. */
export const TARGET_MAX = 200;

/**
 * - `begun`: all that is known where no other outcome follows in the same stream: it may have been done, wholly or in part
 * - `refused`: nothing was done; `code` says why
 * - `failed`: by a fault of the server, perhaps half way
 */
export const operationOutcomeSchema = z.enum(['begun', 'done', 'refused', 'failed']);
export type OperationOutcome = z.infer<typeof operationOutcomeSchema>;

const operationRecorded = z
  .object({
    operation: z
      .string()
      .regex(/^[a-z]+(-[a-z]+)*$/)
      .describe('What was done, such as purge-cache'),
    target: z.string().max(TARGET_MAX).describe('What it was done to: a name or a key'),
    outcome: operationOutcomeSchema.describe('begun is followed by one of the others in the same stream, unless the process died in between'),
    code: z.string().nullable().describe('Of the refusal; null for any other outcome'),
  })
  .describe('An operator, the event’s actor, did something to the server that is no change of the shop.');

/** An operator, the event's actor, did something to the server that is no change of the shop. */
export type OperationRecorded = DomainEvent<'identity.OperationRecorded', z.infer<typeof operationRecorded>>;

/** A part of the events that identity publishes. */
export const operationEvents: EventSchema[] = [
  { type: 'identity.OperationRecorded', version: 1, schema: operationRecorded, upcasters: {}, stream: 'operation-{a random id}' },
];
