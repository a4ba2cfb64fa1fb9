import { eventually } from '@testing/eventually.js';
import type { Person, Shop } from './shop-client.js';

export interface OrderView {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly total: { readonly amount: string; readonly currency: string };
  readonly payment: { readonly status: string; readonly authorised: string; readonly captured: string; readonly refunded: string };
  readonly [field: string]: unknown;
}

export interface ProductStock {
  readonly stock: number;
  readonly onHand: number;
  readonly reserved: number;
}

/** Longest that a test lets the workflow take for one of its steps, ms; a patience, not a promise. */
const PATIENCE_MS = 30_000;

/** Places an order and waits for what becomes of it, as a shop's checkout does. */
export async function buy(who: Person, lines: readonly { sku: string; quantity: number }[], token?: string): Promise<OrderView> {
  const body = { lines, country: 'United Kingdom', ...(token !== undefined && { payment: { token } }) };
  const { status, body: order } = await who.post<OrderView>('/orders', body, { prefer: 'wait=30' });
  if (status !== 201) throw new Error(`not placed: ${status} ${JSON.stringify(order)}`);
  return order;
}

/** The order once it shows these. */
export const orderShows = (who: Person, id: string, expected: object): Promise<OrderView> =>
  eventually(async () => {
    const { body } = await who.get<OrderView>(`/orders/${id}`);
    expect(body).toMatchObject(expected);
    return body;
  }, PATIENCE_MS);

export const stockShows = ({ admin }: Shop, sku: string, expected: ProductStock): Promise<void> =>
  eventually(async () => expect((await admin.get(`/products/${sku}`)).body).toMatchObject(expected), PATIENCE_MS);

/** Waits until a saga stands like this: an answered command is only the beginning of what follows from it. */
export const sagaShows = ({ admin }: Shop, saga: string, id: string, expected: object): Promise<void> =>
  eventually(async () => expect((await admin.get(`/admin/sagas/${saga}/${id}`)).body).toMatchObject(expected), PATIENCE_MS);
