import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { Admission } from './admission.js';
import { AuthOptions, type AuthSettings } from './auth-options.js';
import { DeclaredRoutes } from './declared-routes.js';
import { IdentifyGuard } from './identify.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { Passwords } from './passwords.js';
import { PermissionGuard } from './permission.guard.js';
import { RateLimitGuard } from './rate-limit.js';
import { LockoutCounters, MemoryLockoutCounters, SharedLockoutCounters } from './lockout-counters.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SignInLockout } from './sign-in-lockout.js';
import { SigningKeys } from './signing-keys.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

/** Who is asking, how often, and whether they may: three guards over every route, in this order. Needs `Clock`, `RequestContext`, `Revocations` and `SigningKeyStore`. */
@Module({})
export class AuthModule {
  static forRoot(given: AuthSettings): DynamicModule {
    const options = new AuthOptions(given);
    return {
      module: AuthModule,
      global: true,
      imports: [DiscoveryModule, JwtModule.register({})],
      providers: [
        { provide: AuthOptions, useValue: options },
        IdentifyGuard,
        RateLimitGuard,
        PermissionGuard,
        { provide: APP_GUARD, useExisting: IdentifyGuard },
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_GUARD, useExisting: PermissionGuard },
        Admission,
        DeclaredRoutes,
        JwtStrategy,
        Passwords,
        RefreshTokens,
        {
          provide: LockoutCounters,
          inject: [{ token: SharedLockoutCounters, optional: true }],
          useFactory: (shared?: LockoutCounters) => shared ?? new MemoryLockoutCounters(),
        },
        SignInLockout,
        SigningKeys,
        TokenIssuer,
        TokenVerifier,
      ],
      exports: [AuthOptions, DeclaredRoutes, Passwords, RefreshTokens, SignInLockout, SigningKeys, TokenIssuer, TokenVerifier],
    };
  }
}
