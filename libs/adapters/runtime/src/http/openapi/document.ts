import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { completeAnswers } from './answers.js';
import { HEADERS, PARAMETERS, PROBLEM } from './components.js';
import { describeConstraints } from './constraints.js';
import { linkOperations } from './links.js';
import { Schemas, type Schema } from './requests.js';
import { routesOf, type RouteFacts } from './routes.js';

const DESCRIPTION = [
  'Commands, transactional reads and analytics of an event-sourced shop.',
  'Errors are application/problem+json with a stable `code`, and name every field at fault at once; query parameters and properties that a route does not know are refused.',
  'A command answers with a Consistency-Token, by which a read waits until it shows the command, and with the version of what it changed as ETag, for If-Match.',
  'With an Idempotency-Key it has one effect however often it is sent.',
].join(' ');

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** The API in OpenAPI 3.1: what Nest reads off the routes, completed by what their decorators promise. */
export function apiDocument(app: INestApplication, version: string): OpenAPIObject {
  describeConstraints();
  const config = new DocumentBuilder()
    .setTitle('Nebulocart')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This server')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a log-in' })
    .addSecurityRequirements('bearer')
    .build();
  const routes = routesOf(app);
  const operationIdFactory = (controller: string, method: string): string => routes.get(`${controller}.${method}`)?.operationId ?? method;
  return complete(SwaggerModule.createDocument(app, config, { operationIdFactory }), byOperation(routes));
}

const byOperation = (routes: ReadonlyMap<string, RouteFacts>) => new Map([...routes.values()].map((facts) => [facts.operationId, facts]));

const UNDECLARED: RouteFacts = { operationId: '', declaration: undefined, command: false, limited: true, file: false };

function complete(document: OpenAPIObject, routes: Map<string, RouteFacts>): OpenAPIObject {
  const { components } = document;
  document.components = {
    ...components,
    schemas: { ...components?.schemas, Problem: PROBLEM as never },
    headers: HEADERS as never,
    parameters: PARAMETERS as never,
  };
  document.tags = tagsOf(document);
  const schemas = new Schemas(document);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = operations[method];
      if (!operation) continue;
      const facts = routes.get(operation.operationId ?? '') ?? UNDECLARED;
      describe(operation, facts);
      describeParameters(operation);
      describeBody(operation, schemas);
      completeAnswers({ path, method, operation, facts });
    }
  }
  linkOperations(document);
  return document;
}

function describe(operation: Operation, { declaration }: RouteFacts): void {
  operation.summary ||= sentence(operation.operationId ?? '');
  if (declaration?.public) operation.security = [];
  // Said here and not left to the document's default: no permission is asked for, and none was forgotten.
  else if (declaration?.permission === null) operation.security = [{ bearer: [] }];
  else if (declaration) Object.assign(operation, { 'x-permission': declaration.permission });
}

/** `getOrderHistory` as `Get order history`. */
const sentence = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const PLACES: Readonly<Record<string, string>> = {
  id: 'Id of what the path names',
  sku: 'Of the product; case-sensitive',
  returnId: 'Of the return',
  saga: 'Kind of workflow, such as fulfilment',
  provider: 'Name of the payment provider',
  name: 'Name of what the path names',
};

function describeParameters(operation: Operation): void {
  // What a handler reads for its notes is nothing that a caller has to send.
  operation.parameters = operation.parameters?.filter((parameter) => !('in' in parameter && /^user-agent$/i.test(parameter.name)));
  for (const parameter of operation.parameters ?? []) {
    if (!('in' in parameter)) continue;
    parameter.description ??=
      parameter.in === 'path' ? (PLACES[parameter.name] ?? sentence(parameter.name)) : `${sentence(parameter.name)} to look for`;
    const schema = parameter.schema as Schema & { minLength?: number };
    if (parameter.in === 'path' && schema.type === 'string') schema.minLength ??= 1;
  }
}

function describeBody(operation: Operation, schemas: Schemas): void {
  const body = operation.requestBody;
  if (!body || !('content' in body)) return;
  for (const media of Object.values(body.content)) {
    const schema = media.schema as Schema;
    schemas.close(schema);
    if (media.examples === undefined) media.example ??= schemas.example(schema);
  }
}

const TAGS: Readonly<Record<string, string>> = {
  admin: 'Keys that sign access tokens',
  roles: 'Roles and the permissions that they hold',
  auth: 'Signing in and staying signed in',
  users: 'Accounts, their roles and their data',
  catalog: 'Products and their stock',
  orders: 'Orders, their parcels, returns and credit notes',
  payments: 'What payment providers tell',
  import: 'History of past systems',
  analytics: 'Figures that can be proved against the events',
  operations: 'Looking after the server',
};

function tagsOf(document: OpenAPIObject): { name: string; description: string }[] {
  const used = Object.values(document.paths).flatMap((path) => METHODS.flatMap((method) => path[method]?.tags ?? []));
  return [...new Set(used)].map((name) => ({ name, description: TAGS[name] ?? sentence(name) }));
}
