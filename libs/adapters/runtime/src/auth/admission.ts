import { Injectable, type ExecutionContext } from '@nestjs/common';
import { IdentifyGuard } from './identify.guard.js';
import { PermissionGuard } from './permission.guard.js';
import { RateLimitGuard } from './rate-limit.js';

/** The global guards for routes that ask them before anything else is done. */
@Injectable()
export class Admission {
  constructor(
    private readonly identity: IdentifyGuard,
    private readonly limits: RateLimitGuard,
    private readonly permissions: PermissionGuard,
  ) {}

  /** All three, before a body is read; they run again after it, and count the request once. @throws Refusal of one of them */
  async admit(execution: ExecutionContext): Promise<void> {
    await this.identity.canActivate(execution);
    await this.limits.countEarly(execution);
    this.permissions.canActivate(execution);
  }

  /** For what is open to everybody and no route of a controller. @throws Refusal `rate-limit.exceeded` */
  async count(execution: ExecutionContext): Promise<void> {
    await this.identity.canActivate(execution);
    await this.limits.countEarly(execution);
  }
}
