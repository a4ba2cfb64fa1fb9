import type { OpenAPIObject } from '@nestjs/swagger';

/** The part of JSON Schema that bodies are made of. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  default?: unknown;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export class Schemas {
  private readonly byName: Record<string, Schema>;

  constructor(document: OpenAPIObject) {
    this.byName = (document.components?.schemas ?? {}) as Record<string, Schema>;
  }

  resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : this.resolve(this.byName[schema.$ref.slice('#/components/schemas/'.length)] ?? {});
  }

  /** Validation refuses properties that it does not know, all the way down. */
  close(schema: Schema): void {
    const found = this.resolve(schema);
    if (found.properties && found.additionalProperties === undefined) found.additionalProperties = false;
    for (const inner of [...Object.values(found.properties ?? {}), ...(found.items ? [found.items] : []), ...branches(found)]) this.close(inner);
  }

  /** A value of the schema, made of its properties' own examples; what may be left out and has none is left out. */
  example(schema: Schema): unknown {
    const found = this.resolve(schema);
    const [first] = branches(found);
    if (found.example !== undefined) return found.example;
    if (found.const !== undefined) return found.const;
    if (found.enum) return found.enum[0];
    if (found.default !== undefined) return found.default;
    if (found.properties) return Object.fromEntries(this.shown(found).map(([name, inner]) => [name, this.example(inner)]));
    if (first) return this.example(first);
    if (found.items) return [this.example(found.items)];
    return PLAIN[[found.type].flat()[0] ?? 'string'];
  }

  private shown({ properties = {}, required = [] }: Schema): [string, Schema][] {
    return Object.entries(properties).filter(([name, inner]) => required.includes(name) || this.hasExample(inner));
  }

  private hasExample(schema: Schema): boolean {
    const { example, const: only, enum: values, properties, items, ...more } = this.resolve(schema);
    const inner = branches(more);
    return [example, only, values, properties, items].some((each) => each !== undefined) || inner.some((each) => this.hasExample(each));
  }
}

const branches = ({ anyOf, oneOf, allOf }: Schema): Schema[] => [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])];

const PLAIN: Readonly<Record<string, unknown>> = { string: 'text', integer: 1, number: 1, boolean: true, object: {}, null: null };
