import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, Reflector } from '@nestjs/core';
import { declarationOf } from '@adapters/runtime/src/auth/declarations.js';
import { allPermissions, permissionCatalogue } from '@contexts/identity/src/contract/permissions.js';
import { ROUTE_RULES } from './route-rules.js';

type Controller = new () => unknown;
const isController = (value: unknown): value is Controller => typeof value === 'function' && Reflect.hasMetadata(PATH_METADATA, value);

/** The permissions that routes in the source ask for, served or not. */
async function asked(): Promise<Set<string>> {
  const files = globSync(['libs/**/*.ts', 'apps/*/src/**/*.ts'], { exclude: ['**/*.spec.ts'] }).filter((file) =>
    readFileSync(file, 'utf8').includes('@Controller('),
  );
  const modules = await Promise.all(files.map((file) => import(join(process.cwd(), file)) as Promise<Record<string, unknown>>));
  const controllers = modules.flatMap((module) => Object.values(module)).filter(isController);
  return new Set(controllers.flatMap(permissionsOfController));
}

function permissionsOfController(controller: Controller): string[] {
  const prototype = controller.prototype as Record<string, () => unknown>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .filter((method) => Reflect.hasMetadata(METHOD_METADATA, prototype[method]!))
    .map((method) => declarationOf(new Reflector(), prototype[method]!, controller))
    .flatMap((declaration) => (declaration && !declaration.public && declaration.permission !== null ? [declaration.permission] : []));
}

/** Asked for inside of a route of another permission. */
const within = Object.entries(permissionCatalogue).flatMap(([name, { widens }]) => (widens === undefined ? [] : [name]));

it('lists exactly the permissions that routes ask for', async () => expect([...allPermissions]).toEqual([...(await asked()), ...within].toSorted()));

it('lists each that widens another once, beside the routes', async () => {
  const routes = await asked();
  expect(within.filter((name) => routes.has(name))).toEqual([]);
  for (const name of within) expect(routes).toContain(permissionCatalogue[name]!.widens);
});

it('says of each what it allows', () => {
  for (const { description } of Object.values(permissionCatalogue)) expect(description).toMatch(/^[A-Z].{8,}[^.]$/);
});

it('is what the rules of the routes name', async () =>
  expect(
    [...new Set(Object.values(ROUTE_RULES).map(({ needs }) => needs))].filter((needs) => needs !== 'public' && needs !== 'signed-in').toSorted(),
  ).toEqual([...(await asked())].toSorted()));
