import type { OpenAPIObject } from '@nestjs/swagger';
import { Schemas, type Schema } from './requests.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
interface Response {
  readonly content?: Record<string, { schema?: Schema }>;
  links?: Record<string, Link>;
}
interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
}
interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** Where what an operation makes is not found below its own path. */
const ELSEWHERE: Readonly<Record<string, string>> = { '/api/v1/auth/register': '/api/v1/users' };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const PARAMETER = /\{([^}]+)\}/g;

const parametersOf = (path: string): string[] => [...path.matchAll(PARAMETER)].map(([, name = '']) => name);

/** Adds to every answer that says "made" where to go from there: what reads what was made, and what changes it, each by what the answer tells. */
export function linkOperations(document: OpenAPIObject): void {
  const schemas = new Schemas(document);
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method): Placed[] => (operations[method] ? [{ path, method, operation: operations[method] }] : [])),
  );
  for (const maker of all) {
    const made = (maker.operation.responses as Record<string, Response>)[201];
    if (!made) continue;
    const told = Object.keys(schemas.resolve(Object.values(made.content ?? {})[0]?.schema ?? {}).properties ?? {});
    const links = all.flatMap((target): [string, Link][] => {
      const parameters = wayTo(target, maker, told);
      const operationId = target.operation.operationId!;
      return parameters ? [[operationId, { operationId, description: target.operation.summary ?? '', parameters }]] : [];
    });
    if (links.length > 0) made.links = Object.fromEntries(links);
  }
}

/** What the parameters of the target's path are, after the maker; null where it is not about what was made. */
function wayTo(target: Placed, { path, method, operation }: Placed, told: readonly string[]): Record<string, string> | null {
  if (target.operation === operation) return null;
  const asked = Object.fromEntries(parametersOf(path).map((name) => [name, `$request.path.${name}`]));
  // A role is made where it is read and removed.
  if (target.path === path) return method === 'put' ? asked : null;
  const folder = ELSEWHERE[path] ?? path;
  if (method !== 'post' || !target.path.startsWith(`${folder}/{`)) return null;
  const [made, ...more] = parametersOf(target.path.slice(folder.length));
  const by = told.includes(made!) ? made! : 'id';
  return more.length === 0 && told.includes(by) ? { ...asked, [made!]: `$response.body#/${by}` } : null;
}
