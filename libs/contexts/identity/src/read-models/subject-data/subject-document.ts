import type { SubjectSection } from '@kernel/ports/subject-data.js';

/** What one context holds. */
export interface SubjectPart {
  readonly context: string;
  readonly sections: readonly SubjectSection[];
}

/** One JSON document of everything that the sources hold of a person, a piece at a time, so that however much it is, memory holds little of it. */
export async function* subjectDocument(subject: string, exportedAt: string, parts: readonly SubjectPart[]): AsyncGenerator<string> {
  yield `{"subject":${JSON.stringify(subject)},"exportedAt":${JSON.stringify(exportedAt)}`;
  for (const { context, sections } of parts) {
    yield `,\n${JSON.stringify(context)}:{`;
    let separator = '';
    for (const section of sections) {
      yield `${separator}${JSON.stringify(section.name)}:`;
      yield* written(section);
      separator = ',\n';
    }
    yield '}';
  }
  yield '}\n';
}

async function* written({ content }: SubjectSection): AsyncGenerator<string> {
  if (!(Symbol.asyncIterator in content)) {
    yield JSON.stringify(content);
    return;
  }
  yield '[';
  let separator = '\n';
  for await (const record of content) {
    yield `${separator}${JSON.stringify(record)}`;
    separator = ',\n';
  }
  yield ']';
}
