import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const sagaAdvanced = z.object({
  saga: z.string().min(1),
  sagaId: z.string().min(1),
  on: z.object({ type: z.string().min(1), data: z.unknown() }),
  messageId: z.string().min(1),
  at: z.string(),
  commands: z.array(z.object({ id: z.string().min(1), name: z.string().min(1), context: z.string().min(1), data: z.unknown() })),
  deadlines: z.record(z.string(), z.iso.datetime()),
  cleared: z.array(z.string()),
});
const commandRefused = z.object({
  commandId: z.string().min(1),
  command: z.string().min(1),
  code: z.string(),
  detail: z.string(),
  saga: z.object({ context: z.string(), name: z.string(), id: z.string() }),
});

/** What the saga engine records in this context: the steps of its sagas, and the commands of sagas that it refused. */
export const sagaEvents: EventSchema[] = [
  { type: 'ordering.SagaAdvanced', version: 1, schema: sagaAdvanced, upcasters: {} },
  { type: 'ordering.CommandRefused', version: 1, schema: commandRefused, upcasters: {} },
];
