import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { INSTANT } from '../instant.js';

/** The part of class-validator's record of one decorator that a schema can say. */
interface Rule {
  readonly propertyName: string;
  readonly name?: string;
  readonly constraints?: readonly unknown[];
  readonly each?: boolean;
}

type Facts = Record<string, unknown>;

/**
 * A pattern as other languages read it as well: their `\d` has the digits of every script, few know `\p{Cc}` within a class, and half a surrogate
 * pair is no character that JSON could carry.
 */
const portable = ({ source }: RegExp): string =>
  source
    .replaceAll('[\\d', '[0-9')
    .replaceAll('\\d', '[0-9]')
    .replaceAll('\\p{Cc}', String.raw`\x00-\x1f\x7f-\x9f`)
    .replaceAll('\\p{Cs}', '');

/** What each check means in JSON Schema; those that are not here say nothing of the form. */
const MEANINGS: Readonly<Record<string, (...constraints: never[]) => Facts>> = {
  isLength: (least: number, most?: number) => ({ ...(least > 0 && { minLength: least }), ...(most !== undefined && { maxLength: most }) }),
  minLength: (least: number) => ({ minLength: least }),
  maxLength: (most: number) => ({ maxLength: most }),
  min: (least: number) => ({ minimum: least }),
  max: (most: number) => ({ maximum: most }),
  isInt: () => ({ type: 'integer' }),
  isNotIn: (values: readonly unknown[]) => ({ not: { enum: values } }),
  isIn: (values: readonly unknown[]) => ({ enum: values }),
  matches: (pattern: RegExp) => ({ pattern: portable(pattern) }),
  isEmail: () => ({ format: 'email' }),
  isUuid: () => ({ format: 'uuid' }),
  isInstant: () => ({ format: 'date-time', pattern: portable(INSTANT) }),
  arrayMinSize: (least: number) => ({ minItems: least }),
  arrayMaxSize: (most: number) => ({ maxItems: most }),
  arrayUnique: () => ({ uniqueItems: true }),
};

/** Of a check on each member, only what Nest's document can say of members. */
const OF_MEMBERS = new Set(['isIn']);

function factsOf({ name, constraints = [], each }: Rule): Facts {
  const meaning = name === undefined ? undefined : MEANINGS[name];
  if (!meaning || (each && !OF_MEMBERS.has(name!))) return {};
  return meaning(...(constraints as never[]));
}

/**
 * Gives every documented property the limits that validation enforces, so that nobody states them twice and the two never part. Nest's own plugin
 * does this at build time, by a compiler that this house does not build with.
 */
export function describeConstraints(): void {
  const { validationMetadatas } = getMetadataStorage() as unknown as { validationMetadatas: Map<unknown, readonly Rule[]> };
  for (const [target, rules] of validationMetadatas) {
    if (typeof target !== 'function') continue;
    const prototype = target.prototype as object;
    for (const [property, own] of Map.groupBy(rules, ({ propertyName }) => propertyName)) {
      const documented = Reflect.getMetadata('swagger/apiModelProperties', prototype, property) as ApiPropertyOptions | undefined;
      if (!documented) continue;
      const facts = Object.assign({}, ...own.map(factsOf)) as Facts;
      if ('enum' in documented || 'items' in documented) delete facts['enum'];
      ApiProperty({ ...documented, ...facts } as ApiPropertyOptions)(prototype, property);
    }
  }
}
