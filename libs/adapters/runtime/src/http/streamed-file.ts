import { Readable } from 'node:stream';
import { applyDecorators, SetMetadata, StreamableFile } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';

const FILE = 'http:file';

/** A route that answers with {@link streamedJson}. */
export const AnswersFile = () => applyDecorators(SetMetadata(FILE, true), ApiProduces('application/json'));

/** Whether a handler is a route that {@link AnswersFile}. */
export const answersFile = (handler: object): boolean => Reflect.hasMetadata(FILE, handler);

/** JSON as a file to be kept, a piece at a time: its connection is cut where a piece fails, so that half a file is never taken for a whole one. */
export const streamedJson = (pieces: AsyncIterable<string>, filename: string): StreamableFile =>
  new StreamableFile(Readable.from(pieces, { objectMode: false }), {
    type: 'application/json; charset=utf-8',
    disposition: `attachment; filename="${filename}"`,
  });
