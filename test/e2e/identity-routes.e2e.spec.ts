import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, Reflector } from '@nestjs/core';
import { declarationOf, type RouteDeclaration } from '@adapters/runtime/src/auth/declarations.js';

type Controller = (new () => unknown) & { name: string };

interface Route {
  readonly name: string;
  readonly declaration: RouteDeclaration | undefined;
}

const isController = (value: unknown): value is Controller => typeof value === 'function' && Reflect.hasMetadata(PATH_METADATA, value);

/** Every route in the source, whether or not an app serves it yet. */
async function everyRoute(): Promise<Route[]> {
  const files = globSync(['libs/**/*.ts', 'apps/*/src/**/*.ts'], { exclude: ['**/*.spec.ts'] }).filter((file) =>
    readFileSync(file, 'utf8').includes('@Controller('),
  );
  const modules = await Promise.all(files.map((file) => import(join(process.cwd(), file)) as Promise<Record<string, unknown>>));
  return modules
    .flatMap((module) => Object.values(module))
    .filter(isController)
    .flatMap(routesOf);
}

function routesOf(controller: Controller): Route[] {
  const prototype = controller.prototype as Record<string, () => unknown>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .filter((method) => Reflect.hasMetadata(METHOD_METADATA, prototype[method]!))
    .map((method) => ({ name: `${controller.name}.${method}`, declaration: declarationOf(new Reflector(), prototype[method]!, controller) }));
}

let routes: Route[];
beforeAll(async () => void (routes = await everyRoute()));

it('says of every route who may call it', () => {
  expect(routes.map(({ name }) => name)).toEqual(expect.arrayContaining(['RegisterRoute.register', 'PlaceOrderRoute.place']));
  expect(routes.filter(({ declaration }) => !declaration)).toEqual([]);
});

it('is open to strangers only where they sign in, where payments are called back, and where machines look after the server', () => {
  const open = routes.flatMap(({ name, declaration }) => (declaration?.public ? [name.split('.')[0]!] : []));
  expect([...new Set(open)].sort()).toEqual([
    'GetSigningKeysRoute',
    'HealthController',
    'LogInRoute',
    'MetricsController',
    'PaymentCallbackRoute',
    'RefreshSessionRoute',
    'RegisterRoute',
  ]);
});
