import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { declarationOf } from './declarations.js';

/** Refuses to start while a route says nothing about who may call it. */
@Injectable()
export class DeclaredRoutes implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Error naming every undeclared route */
  onApplicationBootstrap(): void {
    const undeclared = this.undeclared();
    if (undeclared.length > 0) throw new Error(`declare @Public(), @SignedIn() or @RequirePermission(...) on ${undeclared.join(', ')}`);
  }

  /** `Controller.method` of each route without a declaration. */
  undeclared(): string[] {
    return this.routes().flatMap(({ controller, method, handler }) =>
      declarationOf(this.reflector, handler, controller) ? [] : [`${controller.name}.${method}`],
    );
  }

  /** Every route of every controller in the application. */
  routes() {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, () => unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ controller: metatype, method, handler: prototype[method]! }))
        .filter(({ handler }) => Reflect.hasMetadata(PATH_METADATA, handler) && Reflect.hasMetadata(METHOD_METADATA, handler));
    });
  }
}
