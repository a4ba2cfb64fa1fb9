import type { z } from 'zod';

/** Turns the data of one version of an event into the data of the next. Pure. */
export type Upcaster = (data: unknown) => unknown;

/** Every version that an event type ever had: the schema of the newest, and the step up from each older one. */
export interface EventSchema {
  /** `<context>.<PastTense>`; the schema's description says what it means, those of its fields what they hold: both are published. */
  readonly type: string;
  /** The newest version; new events carry it. */
  readonly version: number;
  readonly schema: z.ZodType;
  /** `upcasters[n]` lifts version n to n + 1; one for each version below the newest. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
  /** The schema of each older version: stored events keep theirs, so whoever reads the topic meets it. For readers; no event is written in it any more. */
  readonly earlier?: Readonly<Record<number, z.ZodType>>;
  /** The stream that it is in, named by its data: `order-{orderId}`; several alternatives are parted by ` or `. For readers. */
  readonly stream?: string;
}

/** The events that a context publishes, by type. */
export class SchemaRegistry {
  private readonly schemas = new Map<string, EventSchema>();

  constructor(schemas: Iterable<EventSchema>) {
    for (const schema of schemas) this.add(schema);
  }

  private add(schema: EventSchema): void {
    if (this.schemas.has(schema.type)) throw new Error(`${schema.type} is registered twice`);
    for (let version = 1; version < schema.version; version++) {
      if (!schema.upcasters[version]) throw new Error(`${schema.type} has no upcaster from version ${version}`);
    }
    this.schemas.set(schema.type, schema);
  }

  /** The newest version of a type. @throws Error for a type that no context publishes. */
  current(type: string): EventSchema {
    const schema = this.schemas.get(type);
    if (!schema) throw new Error(`unknown event type ${type}: register its schema in the context's contract`);
    return schema;
  }

  all(): EventSchema[] {
    return [...this.schemas.values()];
  }

  /** Lifts stored data to the newest version. @throws Error for a version newer than this release knows. */
  upcast(type: string, version: number, data: unknown): unknown {
    const schema = this.current(type);
    if (version > schema.version) {
      throw new Error(`${type} v${version} is newer than this release reads (v${schema.version}): upgrade before reading it`);
    }
    let lifted = data;
    for (let from = version; from < schema.version; from++) lifted = schema.upcasters[from]!(lifted);
    return lifted;
  }
}
