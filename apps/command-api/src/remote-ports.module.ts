import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Context } from '@composition/contexts.js';
import { RemoteCustomers } from '@composition/remote/remote-customers.js';
import { CATALOG_IMPORTS, RemoteImportProductsHandler } from '@composition/remote/remote-import-products.js';
import { RemoteOperations } from '@composition/remote/remote-operations.js';
import { RemoteProducts } from '@composition/remote/remote-products.js';
import { RemoteSubjectData } from '@composition/remote/remote-subject-data.js';
import type { Services } from '@composition/services.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';

export interface RemotePortsOptions {
  readonly contexts: readonly Context[];
  readonly services: Services;
}

/** A batch of history takes longer than a question. */
const IMPORT_MS = 60_000;
/** A page of what is held of a person may have to be looked for in the whole ledger. */
const EXPORT_MS = 60_000;

/** What these contexts ask of others, and the others are elsewhere. */
@Module({})
export class RemotePortsModule {
  static forRoot({ contexts, services }: RemotePortsOptions): DynamicModule {
    const isHere = (context: Context): boolean => contexts.includes(context);
    const providers: Provider[] = [];
    if (isHere('ordering') && !isHere('catalog')) {
      providers.push({ provide: Products, useValue: new RemoteProducts(services.of('catalog')) });
      providers.push({ provide: CATALOG_IMPORTS, useValue: services.of('catalog', { purpose: 'imports', timeoutMs: IMPORT_MS }) });
      providers.push(RemoteImportProductsHandler);
    }
    if (isHere('ordering') && !isHere('identity')) providers.push({ provide: Customers, useValue: new RemoteCustomers(services.of('identity')) });
    if (!isHere('identity')) providers.push({ provide: OperationsLog, useValue: new RemoteOperations(services.of('identity')) });
    if (isHere('identity')) {
      if (!isHere('ordering')) providers.push(heldBy('ordering', services));
      providers.push(heldBy('analytics', services));
    }
    return { module: RemotePortsModule, global: true, providers, exports: providers };
  }
}

/** The export of a person's data finds it by its class. */
const heldBy = (service: 'ordering' | 'analytics', services: Services): Provider => ({
  provide: `SubjectData of ${service}`,
  useValue: new RemoteSubjectData(service, services.of(service, { purpose: 'exports', timeoutMs: EXPORT_MS })),
});
