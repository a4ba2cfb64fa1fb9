import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { documentOfRoutes } from '../support/api-document.js';

const FILE = 'docs/api/openapi.json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema?: object;
}
interface Answer {
  readonly description: string;
  readonly headers?: Record<string, { $ref: string }>;
  readonly content?: Record<string, { schema?: object; example?: object }>;
  readonly links?: Record<string, { operationId: string; parameters: Record<string, string> }>;
}
interface Operation {
  readonly name: string;
  readonly method: (typeof METHODS)[number];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly (Parameter | { $ref: string })[];
  readonly requestBody?: { content: Record<string, { schema: object; example?: unknown; examples?: object }> };
  readonly responses: Record<string, Answer>;
  readonly 'x-permission'?: string;
}

describe('the document of the API', () => {
  let document: OpenAPIObject;
  let operations: Operation[];
  beforeAll(async () => {
    // As it is read: without what JSON leaves out.
    document = JSON.parse(JSON.stringify(await documentOfRoutes())) as OpenAPIObject;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) =>
        item[method] ? [{ ...(item[method] as unknown as Operation), name: `${method.toUpperCase()} ${path}`, method }] : [],
      ),
    );
  });

  /** Names of the operations of which it is not true. */
  const except = (isRight: (operation: Operation) => unknown): string[] => operations.filter((each) => !isRight(each)).map(({ name }) => name);
  const exampleOf = (name: string, status: string): { code: string } =>
    operations.find((each) => each.name === name)!.responses[status]!.content!['application/problem+json']!.example as { code: string };
  const own = ({ parameters = [] }: Operation): Parameter[] => parameters.filter((each): each is Parameter => 'in' in each);
  const has = (operation: Operation, name: string): boolean => own(operation).some((each) => each.name === name);
  const successes = ({ responses }: Operation): [string, Answer][] => Object.entries(responses).filter(([status]) => status < '300');

  it('says of everything that is made where to go from there, by every parameter of the path', () => {
    const paths = new Map(Object.entries(document.paths).flatMap(([path, item]) => METHODS.map((method) => [item[method]?.operationId, path])));
    const links = operations.flatMap(({ responses }) => Object.values(responses).flatMap(({ links: found = {} }) => Object.values(found)));
    for (const { operationId, parameters } of links)
      expect(Object.keys(parameters)).toEqual([...(paths.get(operationId) ?? 'no operation').matchAll(/\{([^}]+)\}/g)].map(([, name]) => name));
    const from = (id: string) => Object.keys(operations.find(({ operationId }) => operationId === id)!.responses[201]!.links ?? {});
    expect(from('register')).toEqual(expect.arrayContaining(['getUser', 'replaceRoles', 'eraseUser']));
    expect(from('createProduct')).toEqual(expect.arrayContaining(['getProduct', 'changeProduct', 'moveStock', 'retireProduct']));
    expect(from('placeOrder')).toEqual(expect.arrayContaining(['getOrder', 'getOrderHistory', 'cancelOrder', 'requestReturn']));
    expect(from('requestReturn')).toEqual(['receiveReturn', 'rejectReturn']);
    expect(from('defineRole')).toEqual(['getRole', 'removeRole']);
  });

  it('is what the code says: npm run openapi writes it', () => {
    if (process.env['WRITE_OPENAPI']) {
      mkdirSync('docs/api', { recursive: true });
      writeFileSync(FILE, `${JSON.stringify(document, null, 2)}\n`);
    }
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(document);
  });

  it('is OpenAPI 3.1, in its own forms', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(JSON.stringify(document)).not.toContain('"nullable"');
    expect(JSON.stringify(document)).not.toContain('"exclusiveMinimum":true');
  });

  it('refers only to what is there', () => {
    const refs = [...new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!))];
    const found = (ref: string): unknown =>
      ref.split('/').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
    expect(refs.length).toBeGreaterThan(20);
    expect(refs.filter((ref) => found(ref) === undefined)).toEqual([]);
  });

  it('names every operation once, and says what each is for', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]{2,40}$/.test(id))).toEqual([]);
    expect(except(({ summary, tags }) => summary?.length > 0 && tags?.length === 1)).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(['placeOrder', 'listOrders', 'logIn', 'importHistory']));
  });

  it('says of every operation who may call it', () => {
    // One permission, no token at all, or in so many words a token only.
    expect(except((each) => (each['x-permission'] !== undefined) !== (each.security !== undefined))).toEqual([]);
    expect(except((each) => each.security?.length === 0 || '401' in each.responses)).toEqual([]);
    expect(except((each) => each['x-permission'] === undefined || '403' in each.responses)).toEqual([]);
    const signedIn = operations.filter(({ security }) => security?.length === 1);
    expect(signedIn.map(({ operationId }) => operationId).toSorted()).toEqual([
      'changePassword',
      'endOtherSessions',
      'endSession',
      'listSessions',
      'logOut',
    ]);
  });

  it('describes every operation and every answer', () => {
    expect(except(({ description }) => description?.endsWith('.'))).toEqual([]);
    expect(except(({ responses }) => Object.values(responses).every((answer) => answer.description.length > 0))).toEqual([]);
  });

  it('names a refusal’s own reason in its example', () => {
    const { code } = exampleOf('POST /api/v1/orders/{id}/cancel', '409');
    expect(code).toBe('ordering.order-not-cancellable');
    expect(exampleOf('GET /api/v1/products/{sku}', '404').code).toBe('catalog.product-not-found');
    const foreign = operations.flatMap(({ name, responses }) =>
      ['404', '409'].filter(
        (status) => responses[status] && exampleOf(name, status).code.startsWith('ordering.') && !name.includes('/orders') && !/payments/.test(name),
      ),
    );
    expect(foreign).toEqual([]);
  });

  it('shows no example that says nothing', () => {
    const examples = operations.map(({ requestBody }) => JSON.stringify(Object.values(requestBody?.content ?? {}).map(({ example }) => example)));
    expect(examples.filter((example) => example.includes('"text"'))).toEqual([]);
  });

  it('describes every parameter, and gives it a schema', () => {
    expect(except((each) => own(each).every(({ description, schema }) => description && schema))).toEqual([]);
  });

  it('gives every body a schema and an example', () => {
    const complete = ({ requestBody }: Operation) =>
      !requestBody || Object.values(requestBody.content).every(({ schema, example, examples }) => schema && (example ?? examples) !== undefined);
    expect(except(complete)).toEqual([]);
  });

  it('gives every success a schema, unless it has no body', () => {
    expect(except((each) => successes(each).length > 0)).toEqual([]);
    expect(except((each) => successes(each).every(([status, { content }]) => status === '204' || Object.values(content ?? {})[0]?.schema))).toEqual(
      [],
    );
  });

  it('gives every refusal the shape of a problem, with an example', () => {
    const refused = ({ responses }: Operation) => Object.entries(responses).filter(([status]) => status >= '400');
    const isProblem = ([status, { content }]: [string, Answer]) => {
      const { example } = content?.['application/problem+json'] ?? {};
      return example !== undefined && String((example as { status: number }).status) === status;
    };
    const isReport = ([status]: [string, Answer], { name }: Operation) => name === 'GET /readyz' && status === '503';
    expect(except((each) => refused(each).every((answer) => isProblem(answer) || isReport(answer, each)))).toEqual([]);
  });

  it('tells what can be refused where it can be', () => {
    expect(except(({ responses }) => '400' in responses && '500' in responses)).toEqual([]);
    expect(except(({ responses, name }) => !name.includes('{') || '404' in responses)).toEqual([]);
    expect(except(({ responses, method }) => method === 'get' || ('413' in responses && '415' in responses))).toEqual([]);
    expect(except((each) => !has(each, 'If-Match') || '412' in each.responses)).toEqual([]);
    expect(except((each) => !has(each, 'Idempotency-Key') || ('409' in each.responses && '422' in each.responses))).toEqual([]);
    expect(except(({ responses }) => !('429' in responses) || 'Retry-After' in responses['429']!.headers!)).toEqual([]);
    expect(operations.filter(({ responses }) => !('429' in responses)).map(({ name }) => name)).toEqual([
      'POST /api/v1/payments/callbacks/{provider}',
      'GET /livez',
      'GET /readyz',
      'GET /metrics',
    ]);
  });

  it('takes an Idempotency-Key on every POST that creates, and answers where to read what it made', () => {
    const creating = operations.filter(({ method, responses }) => method === 'post' && '201' in responses);
    expect(creating.length).toBeGreaterThan(4);
    expect(creating.filter((each) => !has(each, 'Idempotency-Key')).map(({ name }) => name)).toEqual([]);
    expect(creating.filter(({ responses }) => !('Location' in responses['201']!.headers!)).map(({ name }) => name)).toEqual([]);
  });

  it('answers every read of the API with an ETag, and 304 to whoever has it, but files', () => {
    const conditional = ({ responses }: Operation) => '304' in responses && 'ETag' in responses['200']!.headers!;
    expect(except((each) => !each.name.startsWith('GET /api/') || conditional(each))).toEqual([
      'GET /api/v1/users/me/data',
      'GET /api/v1/users/{id}/data',
    ]);
  });

  it('bounds every list', () => {
    const limit = (each: Operation) => own(each).find(({ name }) => name === 'limit')?.schema as { maximum?: number } | undefined;
    expect(except((each) => !has(each, 'cursor') || (limit(each)?.maximum ?? Infinity) <= 1_000)).toEqual([]);
  });

  it('states the limits that validation enforces', () => {
    const { schemas } = document.components as unknown as {
      schemas: Record<string, { properties: Record<string, object>; additionalProperties?: boolean }>;
    };
    expect(schemas['OrderLineBody']).toMatchObject({
      additionalProperties: false,
      properties: { sku: { minLength: 1, maxLength: 64 }, quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
    });
    expect(schemas['PlaceOrderBody']!.properties['lines']).toMatchObject({ minItems: 1, maxItems: 500 });
  });
});
