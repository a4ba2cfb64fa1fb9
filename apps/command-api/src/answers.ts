import { CommandBus } from '@nestjs/cqrs';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import type { Context } from '@composition/contexts.js';
import type { IdentityPorts } from '@composition/identity-ports.js';
import { serveCustomers } from '@composition/remote/remote-customers.js';
import { serveIdentityPorts } from '@composition/remote/remote-identity-ports.js';
import { serveImportProducts } from '@composition/remote/remote-import-products.js';
import { serveOperations } from '@composition/remote/remote-operations.js';
import { serveProducts } from '@composition/remote/remote-products.js';
import { serveSubjectData } from '@composition/remote/remote-subject-data.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import type { RecordedOperations } from '@contexts/identity/src/recorded-operations.js';
import { OrderingSubjectData } from '@contexts/ordering/src/read-models/subject-data/ordering-subject-data.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What each context answers to other services. */
export function answerFor(contexts: readonly Context[], app: NestFastifyApplication, server: RpcServer, identity: IdentityPorts): RpcServer {
  if (contexts.includes('identity')) {
    serveIdentityPorts(server, identity);
    serveCustomers(server, app.get(Customers, { strict: false }));
    serveOperations(server, app.get(OperationsLog, { strict: false }) as RecordedOperations);
  }
  if (contexts.includes('catalog')) {
    serveProducts(server, app.get(Products, { strict: false }));
    serveImportProducts(server, app.get(CommandBus, { strict: false }));
  }
  if (contexts.includes('ordering')) serveSubjectData(server, app.get(OrderingSubjectData, { strict: false }));
  return server;
}
