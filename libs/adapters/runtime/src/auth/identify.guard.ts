import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { RequestContext } from '@kernel/ports/request-context.js';
import { identify, type IdentifiedRequest, type Identity } from './identified-request.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * First of the three global guards: finds out who is asking and refuses nobody, so that the limits of the second also
 * count the strangers whom the third refuses.
 */
@Injectable()
export class IdentifyGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly context: RequestContext,
  ) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const request = execution.switchToHttp().getRequest<IdentifiedRequest>();
    const identity = this.tokens.identify(request);
    return identity instanceof Promise ? identity.then((found) => this.remember(request, found)) : this.remember(request, identity);
  }

  private remember(request: IdentifiedRequest, identity: Identity): boolean {
    identify(request, identity);
    if (identity.principal) this.context.current().principal = identity.principal;
    return true;
  }
}
