import { z } from 'zod';
import type { EventSchema } from './schema-registry.js';

const refused = z
  .object({
    commandId: z.string().min(1).describe('The refused command’s id'),
    command: z.string().min(1).describe('Its name, such as `ReserveStock`'),
    code: z.string().describe('Why, as a stable code'),
    detail: z.string().describe('Why, in words'),
    saga: z
      .object({
        context: z.string().describe('Context that runs it'),
        name: z.string().describe('Which workflow: `fulfilment`'),
        id: z.string().describe('Which one of them'),
      })
      .describe('The saga that asked'),
  })
  .describe('A saga’s command was refused, and no event of the domain’s own tells of it.');
export type CommandRefusedData = z.infer<typeof refused>;

export const COMMAND_REFUSED = '.CommandRefused';
export const commandRefusedType = (context: string): string => `${context}${COMMAND_REFUSED}`;

/** How a context tells sagas, wherever they run, that it refused a command of theirs. */
export const commandRefusedEvents = (context: string): EventSchema[] => [
  { type: commandRefusedType(context), version: 1, schema: refused, upcasters: {}, stream: 'command-{commandId}' },
];
