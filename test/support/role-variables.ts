import { VARIABLES } from '@adapters/runtime/src/config/variables.js';
import type { Variable } from '@adapters/runtime/src/config/environment.js';
import { ROLE_VARIABLES } from '@composition/config/role-variables.js';
import { CONTEXTS } from '@composition/contexts.js';
import { commandApiConfig, projectorConfig, queryApiConfig, relayConfig, sagaRunnerConfig } from '@composition/config/roles.js';

type Reader = (environment: NodeJS.ProcessEnv) => unknown;
/** It needs to be told which context is its own, and looks at more where it is told. */
const command =
  (context: string): Reader =>
  (environment) =>
    commandApiConfig(new Proxy(environment, { get: (all, name) => all[String(name)] ?? (name === 'CONTEXTS' ? context : undefined) }));
/** Services by name, each with how it reads its environment. */
const READERS: Readonly<Record<string, Reader>> = {
  identity: command('identity'),
  catalog: command('catalog'),
  ordering: command('ordering'),
  'query-api': queryApiConfig,
  relay: relayConfig,
  projector: projectorConfig,
  'saga-runner': sagaRunnerConfig,
};

/** Names of the variables that each service looks at, whether they are set or not. */
export const variablesRead: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(READERS).map(([service, read]) => {
    const looked = new Set<string>();
    try {
      read(new Proxy({}, { get: (_, name) => void looked.add(String(name)) }));
    } catch {
      // It lacks what it needs; what it looks at is told all the same.
    }
    return [service, new Set([...looked].filter((name) => !name.endsWith('_FILE')).sort())];
  }),
);

/** Names of the variables that each service cannot do without. */
export const variablesNeeded: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(READERS).map(([service, read]) => [
    service,
    new Set([
      ...((CONTEXTS as readonly string[]).includes(service) ? neededBy(commandApiConfig) : []).filter((name) => name === 'CONTEXTS'),
      ...neededBy(read),
    ]),
  ]),
);

function neededBy(read: Reader): string[] {
  try {
    read({});
  } catch (error) {
    return [...(error as Error).message.matchAll(/(\w+) must be set/g)].map(([, name]) => name!);
  }
  return [];
}

/** How a variable is read: by its own name, or as one of a kind. */
export function variableOf(name: string): Variable {
  const kinds: Record<string, Variable> = { ...VARIABLES, ...ROLE_VARIABLES };
  const kind = [
    [/_(DATABASE|REPLICA)_URL$/, ROLE_VARIABLES.DATABASE_URL],
    [/_RPC$/, ROLE_VARIABLES.RPC_ADDRESSES],
    [/_CA$/, ROLE_VARIABLES.CA],
    [/^RPC_SECRET/, ROLE_VARIABLES.RPC_SECRET],
  ].find(([form]) => (form as RegExp).test(name))?.[1] as Variable | undefined;
  const found = kinds[name] ?? kind;
  if (!found) throw new Error(`no table of variables has ${name}`);
  return found;
}
