import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { apiDocument } from '@adapters/runtime/src/http/openapi/document.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import { AnalyticsModule } from '@contexts/analytics/src/analytics.module.js';
import { CatalogModule } from '@contexts/catalog/src/catalog.module.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { OrderingModule } from '@contexts/ordering/src/ordering.module.js';
import { DeadLetterRoutesModule, OperationsModule } from '@composition/operations.module.js';

const auth = AuthModule.forRoot({ privateKey: '', ttlSeconds: 900, bcryptCost: 10, rateLimit: true });

/** Every module that has routes. */
@Module({ imports: [auth, IdentityModule, CatalogModule, OrderingModule, AnalyticsModule, OperationsModule, DeadLetterRoutesModule] })
class Routes {}

/** The API's document from its routes alone: what they would need to answer is left out, and no engine is started. */
export async function documentOfRoutes(): Promise<OpenAPIObject> {
  const routes = await Test.createTestingModule({ imports: [Routes] })
    .useMocker(() => ({}))
    .compile({ preview: true });
  return apiDocument(routes.createNestApplication<NestFastifyApplication>(new FastifyAdapter()), version());
}

const version = (): string => (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
