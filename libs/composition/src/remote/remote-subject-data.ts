import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { SubjectData, type SubjectSection } from '@kernel/ports/subject-data.js';

/** Records in one answer. */
const PAGE = 500;

interface Listed {
  readonly name: string;
  /** One thing, which comes at once; null for a list, which is read page by page. */
  readonly content: object | null;
}

interface Page {
  readonly records: object[];
  readonly more: boolean;
}

const sectionsOf = (context: string): string => `${context}.subject-data-sections`;
const pageOf = (context: string): string => `${context}.subject-data-page`;

/** What a context in another process holds of a person, read while it is written out. */
export class RemoteSubjectData extends SubjectData {
  constructor(
    readonly context: string,
    private readonly service: RpcClient,
  ) {
    super();
  }

  /** @throws Refusal `service.unavailable`: a document that lacks a part would say that there is none */
  async sections(subject: string): Promise<SubjectSection[]> {
    const listed = await this.service.call<Listed[]>(sectionsOf(this.context), { subject });
    return listed.map(({ name, content }) => ({ name, content: content ?? this.records(subject, name) }));
  }

  private async *records(subject: string, section: string): AsyncGenerator<object> {
    for (let skip = 0; ; skip += PAGE) {
      const { records, more } = await this.service.call<Page>(pageOf(this.context), { subject, section, skip });
      yield* records;
      if (!more) return;
    }
  }
}

export function serveSubjectData(server: RpcServer, data: SubjectData): void {
  server.answer<{ subject: string }>(sectionsOf(data.context), async ({ subject }): Promise<Listed[]> => {
    const sections = await data.sections(subject);
    return sections.map(({ name, content }) => ({ name, content: Symbol.asyncIterator in content ? null : content }));
  });
  server.answer<{ subject: string; section: string; skip: number }>(pageOf(data.context), async ({ subject, section, skip }) => {
    const found = (await data.sections(subject)).find(({ name }) => name === section);
    return page((found?.content ?? empty()) as AsyncIterable<object>, skip);
  });
}

/** Any server may be asked for the next page, so none keeps the place: what came before is read again. A person's list is short for that. */
async function page(content: AsyncIterable<object>, skip: number): Promise<Page> {
  const records: object[] = [];
  let at = 0;
  for await (const record of content) {
    if (records.length === PAGE) return { records, more: true };
    if (at++ >= skip) records.push(record);
  }
  return { records, more: false };
}

async function* empty(): AsyncGenerator<object> {
  // A section that this release does not have.
}
