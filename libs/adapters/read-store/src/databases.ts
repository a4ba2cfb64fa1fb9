import { createHash } from 'node:crypto';

/** A Postgres connection pool that runs named statements with bound values. */
export interface ReadSideDatabase {
  query<Row extends object>(statement: { readonly name: string; readonly text: string }, values: readonly unknown[]): Promise<Row[]>;
}

/** The Postgres databases that the read side works in: `analytics`, its own bookkeeping, and each context's, for the certificate. */
export abstract class ReadSideDatabases {
  abstract get(name: string): ReadSideDatabase;
}

export interface BoundStatement<Row extends object> {
  execute(database: ReadSideDatabase): Promise<Row[]>;
}

/** Prepared statements need a name that stands for one text only. */
const nameOf = (text: string): string => `read-store.${createHash('md5').update(text).digest('hex')}`;
const prepared = new WeakMap<TemplateStringsArray, { name: string; text: string }>();

/** A statement whose interpolated values are bound, never written into the text: pg`SELECT … WHERE a = ${value}`. */
export function pg<Row extends object>(strings: TemplateStringsArray, ...values: unknown[]): BoundStatement<Row> {
  let statement = prepared.get(strings);
  if (!statement) {
    const text = strings.reduce((sql, part, index) => `${sql}$${index}${part}`);
    statement = { name: nameOf(text), text };
    prepared.set(strings, statement);
  }
  const { name, text } = statement;
  return { execute: (database) => database.query<Row>({ name, text }, values) };
}

/** A statement whose text is put together from trusted parts, such as a context's schema; values are bound as $1, $2, … */
export const composed = <Row extends object>(text: string, values: readonly unknown[] = []): BoundStatement<Row> => ({
  execute: (database) => database.query<Row>({ name: nameOf(text), text }, values),
});
