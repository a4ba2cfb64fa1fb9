import { commandRefusedEvents } from '@kernel/command-refused-events.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const instant = z.iso.datetime();
const sagaAdvanced = z
  .object({
    saga: z.string().min(1).describe('Which workflow: `fulfilment`'),
    sagaId: z.string().min(1).describe('Which one of them'),
    on: z
      .object({
        type: z.string().min(1).describe('Type of an event, `deadline.<name>`, `command-refused`, or `operator.<word>`'),
        data: z.unknown().describe('The part of it that the saga keeps'),
      })
      .describe('The message that it reacted to'),
    messageId: z.string().min(1).describe('Id of the event that the message came from; a deadline’s and an operator’s have ids of their own'),
    at: z.string().describe('When the message was recorded'),
    commands: z
      .array(
        z.object({
          id: z.string().min(1).describe('The command’s id, by which its receiver carries it out once'),
          name: z.string().min(1).describe('Its name: `ReserveStock`'),
          context: z.string().min(1).describe('Context that carries it out'),
          data: z.unknown().describe('What it says'),
        }),
      )
      .describe('What it asked for in return'),
    deadlines: z.record(z.string(), instant).describe('Deadlines that it set or moved, by name'),
    cleared: z.array(z.string()).describe('Deadlines that no longer count'),
  })
  .describe('One step of a saga: a message, and what the saga did about it.');

/** What the saga engine records in this context: the steps of its sagas, and the commands of sagas that it refused. */
export const sagaEvents: EventSchema[] = [
  { type: 'ordering.SagaAdvanced', version: 1, schema: sagaAdvanced, upcasters: {}, stream: 'saga-{saga}-{sagaId}' },
  ...commandRefusedEvents('ordering'),
];
