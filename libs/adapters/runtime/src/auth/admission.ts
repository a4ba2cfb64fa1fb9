import { Injectable, type ExecutionContext } from '@nestjs/common';
import { IdentifyGuard } from './identify.guard.js';
import { PermissionGuard } from './permission.guard.js';
import { RateLimitGuard } from './rate-limit.js';

/** The three global guards for a route that asks them before it reads a body; they run again after it, and count the request once. */
@Injectable()
export class Admission {
  constructor(
    private readonly identity: IdentifyGuard,
    private readonly limits: RateLimitGuard,
    private readonly permissions: PermissionGuard,
  ) {}

  /** @throws Refusal of one of the guards */
  async admit(execution: ExecutionContext): Promise<void> {
    await this.identity.canActivate(execution);
    await this.limits.countEarly(execution);
    this.permissions.canActivate(execution);
  }
}
