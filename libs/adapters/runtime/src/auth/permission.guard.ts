import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Refusal } from '@kernel/refusal.js';
import { declarationOf } from './declarations.js';
import { identityOf, type IdentifiedRequest } from './identified-request.js';

interface Reply {
  header(name: string, value: string): unknown;
}

/** Last of the three global guards: lets a request through only to what its route declares. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws Refusal `auth.token-missing`, `auth.token-invalid`, `auth.token-expired`, `auth.forbidden`, `auth.route-undeclared` */
  canActivate(execution: ExecutionContext): boolean {
    const declaration = declarationOf(this.reflector, execution.getHandler(), execution.getClass());
    if (!declaration) throw new Refusal('auth.route-undeclared', 'forbidden', 'This route declares no permission, so nobody may call it');
    if (declaration.public) return true;
    const http = execution.switchToHttp();
    const { principal, refusal } = identityOf(http.getRequest<IdentifiedRequest>());
    if (!principal) {
      http.getResponse<Reply>().header('WWW-Authenticate', challenge(refusal.code));
      throw refusal;
    }
    const { permission } = declaration;
    if (permission === null || principal.permissions.includes(permission)) return true;
    throw new Refusal('auth.forbidden', 'forbidden', `This needs the permission ${permission}`, { permission });
  }
}

/** RFC 6750: a request without a token is told the scheme only. */
const challenge = (code: string): string => (code === 'auth.token-missing' ? 'Bearer' : 'Bearer error="invalid_token"');
