import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { Orders } from '../orders.js';

/** Records the credit note of a return that was received. A workflow's alone: it comes after the refund. */
@Injectable()
export class CreditReturn implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly orders: Orders,
  ) {}

  onModuleInit(): void {
    this.inbox.register({
      context: 'ordering',
      name: 'CreditReturn',
      schema: orderingSagaCommands.CreditReturn,
      touches: ({ orderId }) => [touch(this.orders.repository, orderId)],
      decide: ({ data }, work) => void work.decide(this.orders.repository, data.orderId, { type: 'CreditReturn', data }),
    });
  }
}
