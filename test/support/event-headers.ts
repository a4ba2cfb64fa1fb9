import { z } from 'zod';
import { published, type JsonSchema } from './event-schemas.js';

const number = (meaning: string) => z.string().regex(/^\d+$/).describe(meaning);
const instant = (meaning: string) => z.iso.datetime().describe(meaning);
const id = (meaning: string) => z.string().min(1).describe(meaning);

const cause = {
  ce_specversion: z.literal('1.0').describe('CloudEvents 1.0, binary mode'),
  'content-type': z.literal('application/json').describe('Of the value'),
  ce_actor: id('Whose doing it was: a user’s id; left out where nobody asked for it').optional(),
  ce_correlationid: id('The same in everything that one request led to'),
  ce_causationid: id('Id of what it came from; left out where it came from outside').optional(),
  ce_signature: z
    .string()
    .regex(/^[\w-]{43}$/)
    .describe('HMAC-SHA256 in base64url by which services know each other’s messages: what does not fit is not believed'),
  traceparent: id('W3C trace context of what it came from; left out where nothing was traced').optional(),
};

/** Headers of every message of `<context>.events`. Each is text in UTF-8. */
export const eventHeaders: JsonSchema = published(
  z.object({
    ...cause,
    ce_id: z.uuid().describe('The event’s id'),
    ce_source: id('`nebulocart/<context>`: who publishes it'),
    ce_type: id('`<context>.<PastTense>`: what happened'),
    ce_subject: id('The stream that it is in; the message’s key as well'),
    ce_time: instant('When it happened in the world: `occurredAt`'),
    ce_dataversion: number('Version of the value’s schema'),
    ce_streamversion: number('Place in its stream, dense from 1'),
    ce_position: number('Place in the context’s log, dense from 1'),
    ce_previous: number('Position of the message before it in this partition, 0 for the first: whoever has not seen that one has missed something'),
    ce_recordedat: instant('When it was stored'),
    ce_sequencedat: instant('When it got its position'),
    ce_digest: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .describe('MD5 of the stored event'),
  }),
);

/** Headers of every message of `<context>.commands`. */
export const commandHeaders: JsonSchema = published(
  z.object({
    ...cause,
    ce_id: id('The command’s id: what it does is done once, however often it is delivered'),
    ce_source: id('`nebulocart/<context>`: whose saga asks'),
    ce_type: id('`<context>.<Imperative>`: what is asked of whom'),
    ce_subject: id('`<saga>-<id>`: the saga that asks'),
    ce_saga: id('Which workflow asks: `fulfilment`'),
    ce_sagaid: id('Which one of them; the message’s key as well'),
  }),
);
