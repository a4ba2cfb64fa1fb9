import fc from 'fast-check';
import type { SubjectSection } from '@kernel/ports/subject-data.js';
import { subjectDocument, type SubjectPart } from './subject-document.js';

class Held implements SubjectPart {
  readonly sections: SubjectSection[];

  constructor(
    readonly context: string,
    held: Readonly<Record<string, object | object[]>>,
  ) {
    this.sections = Object.entries(held).map(([name, content]) => ({ name, content: Array.isArray(content) ? this.one(content) : content }));
  }
  private async *one(records: object[]): AsyncGenerator<object> {
    yield* records;
  }
}

const written = async (...parts: SubjectPart[]): Promise<unknown> => {
  const pieces: string[] = [];
  for await (const piece of subjectDocument('ada', '2026-11-21T10:00:00.000Z', parts)) pieces.push(piece);
  return JSON.parse(pieces.join(''));
};

it('is one JSON document of all that is held, by context and section', async () => {
  expect(
    await written(new Held('identity', { account: { name: 'Ada "A"' }, events: [{ n: 1 }, { n: 2 }] }), new Held('ordering', { orders: [] })),
  ).toEqual({
    subject: 'ada',
    exportedAt: '2026-11-21T10:00:00.000Z',
    identity: { account: { name: 'Ada "A"' }, events: [{ n: 1 }, { n: 2 }] },
    ordering: { orders: [] },
  });
});

it('is JSON whatever is held', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 }), async (records) => {
      expect(await written(new Held('a', { list: records }))).toEqual({
        subject: 'ada',
        exportedAt: '2026-11-21T10:00:00.000Z',
        a: { list: JSON.parse(JSON.stringify(records)) as unknown },
      });
    }),
  ));
