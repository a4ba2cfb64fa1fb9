import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Principal } from '@kernel/principal.js';
import { identityOf } from './identified-request.js';

/** What a route says about who may call it; a permission of null asks for a sign-in only. */
export type RouteDeclaration = { readonly public: true } | { readonly public: false; readonly permission: string | null };

const DECLARATION = 'auth:declaration';

/** Anyone may call the route; a valid token is still honoured. */
export const Public = () => SetMetadata(DECLARATION, { public: true } satisfies RouteDeclaration);

/** Only a principal that holds the permission may call the route, for example `orders:create`. */
export const RequirePermission = (permission: string) => SetMetadata(DECLARATION, { public: false, permission } satisfies RouteDeclaration);

/**
 * Whoever is signed in may call the route, whatever their role: for what keeps an account safe, which nobody must be able to take away by editing a
 * role. The handler reaches only what is the caller's own.
 */
export const SignedIn = () => SetMetadata(DECLARATION, { public: false, permission: null } satisfies RouteDeclaration);

/** The signed-in principal; null on a public route that a stranger calls. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal | null => {
  return identityOf(context.switchToHttp().getRequest()).principal;
});

/** The declaration of a handler, else of its controller; undefined when neither has one. */
export function declarationOf(reflector: Reflector, handler: object, controller: object): RouteDeclaration | undefined {
  return reflector.getAllAndOverride<RouteDeclaration | undefined>(DECLARATION, [handler as never, controller as never]);
}
