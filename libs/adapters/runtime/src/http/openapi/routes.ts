import type { INestApplication } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { declarationOf, type RouteDeclaration } from '../../auth/declarations.js';
import { routeLimitOf } from '../../auth/rate-limit.js';
import { isCommandRoute } from '../command-route.js';
import { answersFile } from '../streamed-file.js';

/** What a route's decorators promise, beyond what Nest's document says of it. */
export interface RouteFacts {
  readonly operationId: string;
  readonly declaration: RouteDeclaration | undefined;
  readonly command: boolean;
  /** False for what no request limit counts. */
  readonly limited: boolean;
  /** True for what answers with a file, of which nobody knows before its end what is in it: it has no ETag. */
  readonly file: boolean;
}

/** `PlaceOrderRoute.place` is `placeOrder`; of a controller with several routes each is told by its method as well. */
function operationIdOf(controller: string, method: string, alone: boolean): string {
  const name = controller.replace(/(?:Route|Routes|Controller)$/, '');
  return alone ? name.charAt(0).toLowerCase() + name.slice(1) : `${method}${name}`;
}

/** The id that a route gives itself in `@ApiOperation`; Nest puts an empty one on those that say nothing. */
const stated = (handler: object): string | undefined =>
  (Reflect.getMetadata('swagger/apiOperation', handler) as { operationId?: string } | undefined)?.operationId || undefined;

/** Every route of the application, by controller and method. */
export function routesOf(app: INestApplication): Map<string, RouteFacts> {
  const [reflector, scanner, facts] = [new Reflector(), new MetadataScanner(), new Map<string, RouteFacts>()];
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, () => unknown>;
      const methods = scanner.getAllMethodNames(prototype).filter((method) => Reflect.hasMetadata(METHOD_METADATA, prototype[method]!));
      for (const method of methods) {
        const handler = prototype[method]!;
        facts.set(`${metatype.name}.${method}`, {
          operationId: stated(handler) ?? operationIdOf(metatype.name, method, methods.length === 1),
          declaration: declarationOf(reflector, handler, metatype),
          command: isCommandRoute(handler),
          limited: routeLimitOf(handler, metatype) !== null,
          file: answersFile(handler),
        });
      }
    }
  }
  return facts;
}
