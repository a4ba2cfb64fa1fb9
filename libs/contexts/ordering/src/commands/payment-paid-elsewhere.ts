import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandInbox, touch } from '@kernel/ports/command-inbox.js';
import { orderingSagaCommands } from '../contract/saga-commands.js';
import { Payments } from '../payments.js';

/** Keeps an operator's word that the order is paid in another way where refunds and authorisations are decided. */
@Injectable()
export class RecordPaidElsewhere implements OnModuleInit {
  constructor(
    private readonly inbox: CommandInbox,
    private readonly payments: Payments,
  ) {}

  onModuleInit(): void {
    const { repository } = this.payments;
    this.inbox.register({
      context: 'ordering',
      name: 'RecordPaidElsewhere',
      schema: orderingSagaCommands.RecordPaidElsewhere,
      touches: ({ orderId }) => [touch(repository, orderId)],
      decide: ({ data }, work) => void work.decide(repository, data.orderId, { type: 'RecordPaidElsewhere', data }),
    });
  }
}
