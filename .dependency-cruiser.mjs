// Who may import whom. Each layer names all that it may reach; everything else is a violation.
// Every rule has planted violations in test/boundaries/planted.mjs, which `npm run check` must see caught.

/** Specs stand outside of the layers: they reach for what they test with. */
const notSpec = '\\.spec\\.ts$';
const npm = (...names) => names.map((name) => `(^|/)node_modules/${name}(/|$)`);

const KERNEL = '^libs/kernel/src/';
const ZOD = npm('zod');
const ANY_CONTRACT = '^libs/contexts/[^/]+/src/contract/';
/** What a controller and its DTOs are written in. */
const NEST = npm('@nestjs/[^/]+', 'class-validator', 'class-transformer', 'reflect-metadata', 'rxjs');
/** Decorators for routes, guards' declarations and the request's scope: part of the framework as this house uses it. */
const RUNTIME_HTTP = '^libs/adapters/runtime/src/(http|auth)/';

/** A context's root binds its aggregates to their streams; commands and read models share it (docs/decisions/0003). */
const OWN_ROOT = '^libs/contexts/$1/src/(?![^/]+\\.module\\.ts$)[^/]+\\.ts$';

/** Words without a machine behind them: metrics go nowhere unless an app installs the SDK, ids come from the clock and chance. */
const VOCABULARY = npm('@opentelemetry/api', 'uuid');

/** From one layer of a context to all that it may import; `$1` is the context. */
const layer = (name, own, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^libs/contexts/([^/]+)/src/${name}/`, pathNot: notSpec },
  to: { pathNot: [...own.map((folder) => `^libs/contexts/$1/src/${folder}/`), ...allowed] },
});

/** Every adapter's own driver; what is listed for one is closed to the others. */
const DRIVERS = {
  'event-store': npm('@mikro-orm/[^/]+', 'pg', 'pg-copy-streams'),
  'event-bus': npm('kafkajs'),
  rpc: npm('@nestjs/microservices', 'rxjs'),
  cache: npm('cache-manager', 'keyv', '@keyv/redis', '@redis/client', 'rate-limiter-flexible'),
  // Intents live in Postgres, beside what they tell of.
  'read-store': npm('@clickhouse/client[^/]*', 'chdb', 'pg'),
  // Callbacks come from outside of the house, and are read by a schema.
  payments: [...npm('stripe'), ...ZOD],
};

const adapter = (name, drivers) => ({
  name: `adapter-${name}`,
  comment: 'An adapter knows the kernel, Nest, Node and its one driver.',
  severity: 'error',
  from: { path: `^libs/adapters/${name}/`, pathNot: notSpec },
  to: { pathNot: [`^libs/adapters/${name}/`, KERNEL, ...NEST, ...VOCABULARY, ...drivers], dependencyTypesNot: ['core'] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'kernel',
      comment: 'The kernel is vocabulary: it knows zod and nothing else, not even Node.',
      severity: 'error',
      from: { path: KERNEL, pathNot: notSpec },
      to: { pathNot: [KERNEL, ...ZOD] },
    },
    layer('contract', ['contract'], [KERNEL, ...ZOD], 'A contract is schemas over the kernel’s words; it knows no other context.'),
    layer('domain', ['domain', 'contract'], [KERNEL], 'Domain code is pure: the kernel and its own contract, no library, no clock, no id.'),
    layer('sagas', ['sagas', 'domain'], [KERNEL, ANY_CONTRACT], 'A saga is pure: it decides from contracts and its own domain.'),
    layer(
      'commands',
      ['commands', 'domain'],
      [KERNEL, ANY_CONTRACT, OWN_ROOT, RUNTIME_HTTP, ...VOCABULARY, ...NEST],
      'A command reaches its own domain and other contexts’ contracts only.',
    ),
    layer(
      'read-models',
      ['read-models'],
      [KERNEL, ANY_CONTRACT, OWN_ROOT, RUNTIME_HTTP, ...NEST],
      'A read model is fed by contracts; it never calls a domain back.',
    ),
    {
      name: 'context-module',
      comment: 'A context’s module wires its own rooms together and nobody else’s.',
      severity: 'error',
      from: { path: '^libs/contexts/([^/]+)/src/[^/]+\\.ts$', pathNot: notSpec },
      to: { pathNot: ['^libs/contexts/$1/', KERNEL, ANY_CONTRACT, RUNTIME_HTTP, ...NEST] },
    },
    ...Object.entries(DRIVERS).map(([name, drivers]) => adapter(name, drivers)),
    {
      name: 'adapter-stands-alone',
      comment: 'An adapter never knows a context, nor another adapter: apps join them.',
      severity: 'error',
      from: { path: '^libs/adapters/([^/]+)/', pathNot: notSpec },
      to: { path: ['^libs/contexts/', '^libs/adapters/'], pathNot: '^libs/adapters/$1/' },
    },
    {
      name: 'demo',
      comment: 'What demos roll their worlds with: apps fill a shop with it, nothing that runs the shop knows it.',
      severity: 'error',
      from: { path: '^libs/(?!demo/)', pathNot: notSpec },
      to: { path: '^libs/demo/' },
    },
    {
      name: 'composition-is-for-apps',
      comment: 'What apps are put together from: only they take it, and nothing that it joins knows it.',
      severity: 'error',
      from: { path: '^(libs/(?!composition/|testing/)|migrations/)', pathNot: notSpec },
      to: { path: '^libs/composition/' },
    },
    {
      name: 'nobody-imports-an-app',
      comment: 'Apps are roles; what two of them need is a library.',
      severity: 'error',
      from: { path: '^(apps/([^/]+)|libs|migrations)/' },
      to: { path: '^apps/', pathNot: '^apps/$2/' },
    },
    {
      name: 'tests-stay-outside',
      comment: 'What runs never imports what tests it.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: ['^libs/testing/', notSpec] },
      to: { path: ['^libs/testing/', '^test/', notSpec] },
    },
    {
      name: 'api-client-stands-alone',
      comment: 'The API’s client knows the API by its document alone.',
      severity: 'error',
      from: { path: '^libs/api-client/' },
      to: { pathNot: '^libs/api-client/' },
    },
    {
      name: 'api-client-is-for-outsiders',
      comment: 'What serves the API never asks it: apps that are its clients do, and tests.',
      severity: 'error',
      from: { path: '^(libs|migrations)/', pathNot: ['^libs/api-client/', '^libs/testing/', notSpec] },
      to: { path: '^libs/api-client/' },
    },
    {
      name: 'no-cycle',
      comment: 'Two modules that need each other are one, or lack a third.',
      severity: 'error',
      // What a generator wrote is its own affair.
      from: { pathNot: '^libs/api-client/src/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that does not resolve is one that no other rule has looked at.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that package.json does not name comes and goes with somebody else’s.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
