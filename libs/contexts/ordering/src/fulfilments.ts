import { Injectable } from '@nestjs/common';
import { Sagas } from '@kernel/ports/sagas.js';
import { awaited } from './sagas/fulfilment-standing.js';

/** The workflows of orders, as far as people who deal with an order have to know them. */
@Injectable()
export class Fulfilments {
  constructor(private readonly sagas: Sagas) {}

  /** The step by which an order is still to be secured, or is being undone; null once its goods and its money are set apart. */
  async awaits(orderId: string): Promise<string | null> {
    const [known] = await this.sagas.list({ saga: 'fulfilment', id: orderId, limit: 1 });
    return awaited(known);
  }
}
