import { cacheKey, type CacheRule } from '@kernel/ports/cache.js';

/** A minute, should an invalidation ever be lost: nothing else makes these wrong. */
export const PRODUCT_SECONDS = 60;

export const productKey = (sku: string): string => cacheKey('catalog', 'product', sku);
export const productPricesKey = (sku: string): string => cacheKey('catalog', 'product', sku, 'prices');
export const productListKey = (asked: object): string => cacheKey('catalog', 'list', JSON.stringify(Object.entries(asked).toSorted()));

const STREAM = /^(?:product|stock)-(?<sku>.+)$/s;

/** A product shows its stock, and any list may show, or come to show, any product. */
export const productCacheRule: CacheRule = {
  context: 'catalog',
  stale: ({ stream }) => {
    const sku = STREAM.exec(stream)?.groups?.['sku'];
    return sku === undefined ? [] : [productKey(sku), 'catalog:list:*'];
  },
};
