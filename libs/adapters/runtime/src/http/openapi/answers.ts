import type { OpenAPIObject } from '@nestjs/swagger';
import { TITLES } from '../problem.js';
import type { RouteFacts } from './routes.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = { description: string; headers?: Record<string, unknown>; content?: Record<string, unknown> };

/** An example of each refusal: its code and how it reads. */
const EXAMPLES: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['request.invalid', 'property colour should not exist'],
  401: ['auth.token-missing', 'Sign in first and send the access token as "Authorization: Bearer <token>"'],
  403: ['auth.forbidden', 'This needs the permission orders:manage'],
  404: ['route.not-found', 'There is nothing here'],
  409: ['concurrency.conflict', 'Too many others changed this at the same time: try again'],
  412: ['concurrency.stale-version', 'This is at version 4, not 3: read it again and decide anew'],
  413: ['request.too-large', 'Request body is too large'],
  415: ['request.media-type', 'Unsupported Media Type'],
  422: ['idempotency.key-reused', 'This Idempotency-Key was used for another request'],
  429: ['rate-limit.exceeded', 'Too many requests; try again in 12 s'],
  431: ['request.headers-too-large', 'The request line and the headers together are too long'],
  500: ['unexpected', 'An unexpected error happened; the log has it under request 0199f3a2-7c1e-4d53-9f54-2f0f6a3b1c2d'],
  503: ['engine.unavailable', 'Something that this needs is away: try again shortly'],
};

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });
const LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'RateLimit-Policy'];

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly facts: RouteFacts;
}

/** Every refusal and failure that a route can answer with, from what it declares. */
function refusalsOf({ method, operation, facts }: Asked): number[] {
  const changes = method !== 'get';
  const inPath = (operation.parameters ?? []).some((parameter) => 'in' in parameter && parameter.in === 'path');
  const { declaration } = facts;
  const guarded = declaration?.public === false;
  return [
    400,
    ...(guarded ? [401] : []),
    ...(guarded && declaration.permission !== null ? [403] : []),
    ...(inPath ? [404] : []),
    ...(facts.command || (changes && guarded) ? [409] : []),
    ...(facts.command ? [412, 422] : []),
    ...(changes ? [413, 415] : []),
    ...(facts.limited ? [429] : []),
    431,
    500,
    503,
  ];
}

/** Codes that a route names in the description of a refusal. */
const CODE = /\b[a-z-]+\.[a-z]+(?:-[a-z]+)*\b/g;
/** What every command can be refused with beside its own reasons. */
const OF_COMMANDS: Readonly<Record<number, string>> = { 409: 'idempotency.in-flight, concurrency.conflict' };
/** Refusals that are one thing each on every route: a route's own reasons come beside them. */
const SAME_EVERYWHERE = new Set([400, 403]);

/** `catalog.product-not-found` as `Product not found`. */
function wordsOf(code: string): string {
  const words = code.slice(code.indexOf('.') + 1).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function exampleOf(status: number, known: string): readonly [code: string, detail: string] {
  const [code] = known.match(CODE) ?? [];
  return code === undefined || SAME_EVERYWHERE.has(status) ? EXAMPLES[status]! : [code, wordsOf(code)];
}

/** @param known what the route says of it; empty where it says nothing */
function problemAnswer(status: number, known: string, { path, facts }: Asked): Response {
  const [code, detail] = exampleOf(status, known);
  const reasons = [...(known ? [known] : []), ...(facts.command && OF_COMMANDS[status] ? [OF_COMMANDS[status]] : [])].join('; ');
  const example = { type: `urn:nebulocart:problem:${code}`, title: TITLES[status], status, detail, code, instance: path };
  return {
    description: reasons ? `${TITLES[status]}: ${reasons}` : TITLES[status]!,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}

/** What a success means where a route says nothing of it. */
const successOf = (status: number, method: string): string => (status === 201 ? 'Made' : method === 'get' ? 'What was asked for' : 'Done');

/** Whether a read is answered 304 to whoever has it. */
const isConditional = ({ method, facts }: Asked): boolean => method === 'get' && facts.limited && !facts.file;

/** Adds to an operation the answers that its decorators imply, and to all of its answers their headers. */
export function completeAnswers(asked: Asked): void {
  const { operation } = asked;
  const responses = operation.responses as Record<string, Response>;
  for (const status of new Set([...refusalsOf(asked), ...Object.keys(responses).map(Number)])) {
    if (!(status in EXAMPLES) || (responses[status]?.content && status !== 409)) continue;
    responses[status] = problemAnswer(status, responses[status]?.description ?? '', asked);
  }
  if (isConditional(asked) && responses[200]?.content) {
    responses[304] = { description: 'It is as If-None-Match says that the caller has it' };
    operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/If-None-Match' }];
  }
  for (const [status, response] of Object.entries(responses)) addHeaders(Number(status), response, asked);
}

function addHeaders(status: number, response: Response, asked: Asked): void {
  const { method, facts } = asked;
  const success = status < 300;
  if (success) response.description ||= successOf(status, method);
  const names = [
    ...(status === 431 ? [] : ['X-Request-Id']),
    ...(facts.limited && ![413, 431].includes(status) && status < 500 ? LIMIT_HEADERS : []),
    ...([429, 503].includes(status) ? ['Retry-After'] : []),
    ...(status === 401 && facts.declaration?.public === false ? ['WWW-Authenticate'] : []),
    ...(status === 304 || (success && (facts.command || isConditional(asked))) ? ['ETag'] : []),
    ...(success && facts.command ? ['Consistency-Token', 'Idempotent-Replayed'] : []),
    ...(status === 201 ? ['Location'] : []),
    ...(success && facts.file ? ['Content-Disposition'] : []),
  ];
  response.headers = { ...Object.fromEntries(names.map((name) => [name, header(name)])), ...response.headers };
}
