import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import { catalogSagaCommands } from '@contexts/catalog/src/contract/saga-commands.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import { orderingSagaCommands } from '@contexts/ordering/src/contract/saga-commands.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What each context publishes, and what sagas may ask of it. */
export const contexts: readonly { name: string; events: readonly EventSchema[]; commands: Readonly<Record<string, z.ZodType>> }[] = [
  { name: 'identity', events: identityEvents, commands: {} },
  { name: 'catalog', events: catalogEvents, commands: catalogSagaCommands },
  { name: 'ordering', events: orderingEvents, commands: orderingSagaCommands },
];

/** Every version of an event, the oldest first. @throws Error where one has no schema */
export function versionsOf({ type, version, schema, earlier = {} }: EventSchema): { version: number; schema: z.ZodType }[] {
  const older = Array.from({ length: version - 1 }, (_, index) => {
    const known = earlier[index + 1];
    if (!known) throw new Error(`${type} has no schema of version ${index + 1}: keep it in \`earlier\`, since stored events still have it`);
    return { version: index + 1, schema: known };
  });
  return [...older, { version, schema }];
}

/**
 * A contract's schema as JSON Schema (draft 7, as AsyncAPI has it) for those who read: what they do not know they ignore.
 * @throws Error for a rule or a type that JSON Schema cannot say: nobody outside would know of it, nor the check of changes
 */
export function published(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...said } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema, path }) => {
      if (hasOwnRule(zodSchema)) {
        throw new Error(`${path.join('/')}: a rule of its own code cannot be published: say it as a pattern or a limit`);
      }
      // The form says it; the library's own expression for it may change with the library.
      if (jsonSchema.format) delete jsonSchema.pattern;
      // JSON's whole numbers are exact up to there anyway.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return JSON.parse(JSON.stringify(said)) as JsonSchema;
}

const hasOwnRule = ({ _zod: { def } }: z.core.$ZodType): boolean => (def.checks ?? []).some(({ _zod: { def: rule } }) => rule.check === 'custom');
