import { hash } from 'node:crypto';
import type { PoisonMessage } from '@kernel/ports/dead-letters.js';
import type { ContextDatabase } from '../context-database.js';

/** Where a context keeps messages of its topics that nobody can read. */
export class DeadLetterBox {
  constructor(private readonly databases: { get(context: string): ContextDatabase }) {}

  /** Keeps messages; one that is there already, seen to or not, stays as it is. */
  async keep(...messages: readonly PoisonMessage[]): Promise<void> {
    for (const [context, own] of Map.groupBy(messages, (message) => message.context)) await this.keepIn(context, own);
  }

  private async keepIn(context: string, messages: readonly PoisonMessage[]): Promise<void> {
    const headers = messages.map((message) => text(JSON.stringify(message.headers)));
    await this.databases.get(context).query(
      {
        name: `${context}.dead-letters.keep`,
        text: `insert into ${context}.dead_letter (topic, partition, "offset", digest, consumer, key, headers, value, reason)
          select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[])
          on conflict (topic, partition, "offset", digest) do nothing`,
      },
      [
        messages.map(({ topic }) => topic),
        messages.map(({ partition }) => partition),
        messages.map(({ offset }) => offset),
        // A topic that is made anew counts from 0 again: what is there then is another message.
        messages.map(({ value }, index) => hash('md5', Buffer.concat([Buffer.from(headers[index]!), value ?? Buffer.alloc(0)]))),
        messages.map(({ group }) => group),
        messages.map(({ key }) => (key === null ? null : text(key))),
        headers,
        messages.map(({ value }) => (value === null ? null : Buffer.from(value))),
        messages.map(({ reason }) => text(reason)),
      ],
    );
  }
}

/** As Postgres can keep it: what came from outside may hold what its text cannot. */
const text = (value: string): string => value.toWellFormed().replaceAll('\0', '\uFFFD');
