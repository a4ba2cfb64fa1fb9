import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  AuthModule,
  AuthOptions,
  CurrentPrincipal,
  LimitRegistrations,
  LimitSignIns,
  Public,
  RequirePermission,
  SignedIn,
  Unlimited,
} from '@adapters/runtime/src/auth/index.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Clock } from '@kernel/clock.js';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { Catch, Controller, Get, Global, Module, Post, type ArgumentsHost, type ExceptionFilter, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { KeysInMemory, KnownRevocations } from './tokens-in-memory.js';

/** What the request in hand knows. */
export const scope = { principal: null as Principal | null };
class TestContext extends RequestContext {
  current = () => scope as RequestScope;
  run = <T>(_: RequestScope, work: () => T) => work();
}

@Global()
@Module({
  providers: [
    { provide: RequestContext, useClass: TestContext },
    { provide: Revocations, useClass: KnownRevocations },
    { provide: SigningKeyStore, useClass: KeysInMemory },
    { provide: Clock, useClass: SystemClock },
  ],
  exports: [RequestContext, Revocations, SigningKeyStore, Clock],
})
export class TestContextModule {}

@Catch(Refusal)
class CodeFilter implements ExceptionFilter {
  catch({ code, kind }: Refusal, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(418).send({ code, kind });
  }
}

@Controller('shop')
class ShopController {
  @Get('open')
  @Public()
  open(@CurrentPrincipal() principal: Principal | null) {
    return { caller: principal?.id ?? 'stranger' };
  }

  @Get('orders')
  @RequirePermission('orders:create')
  orders(@CurrentPrincipal() principal: Principal) {
    return { caller: principal.id };
  }

  @Get('account')
  @SignedIn()
  account(@CurrentPrincipal() principal: Principal) {
    return { caller: principal.id };
  }

  @Get('pulse')
  @Public()
  @Unlimited()
  pulse() {
    return {};
  }

  @Post('sign-in')
  @Public()
  @LimitSignIns()
  signIn() {
    return {};
  }

  @Post('register')
  @Public()
  @LimitRegistrations()
  register() {
    return {};
  }
}

/** The routes of a shop, each declared. */
export const shopRoutes: Type[] = [ShopController];

export const signingKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
/** What the applications here sign with. */
export const keys = signingKeys();
export const customer: Principal = { id: randomUUID(), roles: ['customer'], permissions: ['orders:create'], sessionId: 'session' };
const open: NestFastifyApplication[] = [];

/** An application of these routes behind the three guards. */
export async function start(rateLimit: boolean, controllers = shopRoutes) {
  const options = new AuthOptions({ ...keys, ttlSeconds: 900, bcryptCost: 10, rateLimit });
  const module = await Test.createTestingModule({ imports: [TestContextModule, AuthModule.forRoot(options)], controllers }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new CodeFilter());
  open.push(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** Closes what was started since the last time. */
export const closeAll = () => Promise.all(open.splice(0).map((app) => app.close()));

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const get = (app: NestFastifyApplication, url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
