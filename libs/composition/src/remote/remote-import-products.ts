import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { ImportProducts, type Imported } from '@contexts/catalog/src/contract/commands.js';

const IMPORT = 'catalog.import-products';

/** Token of the client by which the catalog is given a batch: one may take longer than a question. */
export const CATALOG_IMPORTS = Symbol('catalog imports');

/** Hands the catalog its part of a batch. Each command in it has a key, so that one which is sent twice has one effect. */
@Injectable()
@CommandHandler(ImportProducts)
export class RemoteImportProductsHandler implements ICommandHandler<ImportProducts, Imported> {
  constructor(@Inject(CATALOG_IMPORTS) private readonly catalog: RpcClient) {}

  async execute({ route, items }: ImportProducts): Promise<Imported> {
    return items.length === 0 ? { results: [], token: {} } : this.catalog.call<Imported>(IMPORT, { route, items });
  }
}

export const serveImportProducts = (server: RpcServer, commands: CommandBus): void =>
  server.answer<ImportProducts>(IMPORT, ({ route, items }) => commands.execute<ImportProducts, Imported>(new ImportProducts(route, items)));
