import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { ThrottlerModule } from '@nestjs/throttler';
import { AuthOptions, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from './auth-options.js';
import { DeclaredRoutes } from './declared-routes.js';
import { IdentifyGuard } from './identify.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { Passwords } from './passwords.js';
import { PermissionGuard } from './permission.guard.js';
import { limits, RateLimitGuard } from './rate-limit.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

/** Who is asking, how often, and whether they may: three guards over every route, in this order. Needs `RequestContext`. */
@Module({})
export class AuthModule {
  static forRoot(given: AuthOptions): DynamicModule {
    const options = new AuthOptions(given);
    return {
      module: AuthModule,
      global: true,
      imports: [
        DiscoveryModule,
        ThrottlerModule.forRoot(limits),
        JwtModule.register({
          privateKey: options.privateKey,
          signOptions: { algorithm: TOKEN_ALGORITHM, issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, expiresIn: options.ttlSeconds },
        }),
      ],
      providers: [
        { provide: AuthOptions, useValue: options },
        { provide: APP_GUARD, useClass: IdentifyGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: PermissionGuard },
        DeclaredRoutes,
        JwtStrategy,
        Passwords,
        TokenIssuer,
        TokenVerifier,
      ],
      exports: [AuthOptions, DeclaredRoutes, Passwords, TokenIssuer, TokenVerifier],
    };
  }
}
