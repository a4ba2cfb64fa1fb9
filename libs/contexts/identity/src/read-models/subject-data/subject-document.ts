import type { SubjectData, SubjectSection } from '@kernel/ports/subject-data.js';

/** One JSON document of everything that the sources hold of a person, a piece at a time, so that however much it is, memory holds little of it. */
export async function* subjectDocument(subject: string, exportedAt: string, sources: readonly SubjectData[]): AsyncGenerator<string> {
  yield `{"subject":${JSON.stringify(subject)},"exportedAt":${JSON.stringify(exportedAt)}`;
  for (const source of sources) {
    yield `,\n${JSON.stringify(source.context)}:{`;
    let separator = '';
    for (const section of source.sections(subject)) {
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
