import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { Products, type SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { GatheredLookup } from '@kernel/gathered-lookup.js';

const FIND = 'catalog.find-products';

/** The catalog of another process. Nothing is kept: what is sellable is asked anew, once for all that ask at the same time. */
export class RemoteProducts extends Products {
  private readonly lookup: GatheredLookup<string, SellableProduct>;

  constructor(catalog: RpcClient) {
    super();
    this.lookup = new GatheredLookup(async (skus) => {
      const found = await catalog.call<SellableProduct[]>(FIND, { skus });
      return new Map(found.map((product) => [product.sku, product]));
    });
  }

  find(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    return this.lookup.find(skus);
  }
}

export const serveProducts = (server: RpcServer, products: Products): void =>
  server.answer<{ skus: string[] }>(FIND, async ({ skus }) => [...(await products.find(skus)).values()]);
