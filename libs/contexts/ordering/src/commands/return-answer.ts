import { ApiProperty } from '@nestjs/swagger';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { OrderCommand } from '../domain/order.js';
import { RETURN_STATUSES } from '../domain/order-state.js';
import { MoneyView } from '../order-answer.view.js';
import type { Orders, PlacedOrder } from '../orders.js';

/** What every command about a return answers. */
export class ReturnAnswerView {
  @ApiProperty({ description: "The return's id" })
  id: string;

  @ApiProperty()
  orderId: string;

  @ApiProperty({ enum: RETURN_STATUSES })
  status: string;

  @ApiProperty({ description: 'What is given back for it: the goods and their share of the tax' })
  total: MoneyView;

  @ApiProperty({ description: 'Version of the order; also the ETag' })
  version: number;
}

type ReturnCommand = Extract<OrderCommand, { type: 'RequestReturn' | 'ReceiveReturn' | 'RejectReturn' }>;

/** Moves a return along and answers with where it stands. */
export function moveReturn(orders: Orders, returnId: string, command: ReturnCommand, status = 200): Promise<CommandOutcome> {
  const { orderId } = command.data;
  return orders.repository.execute(orderId, command, ({ state, version }) => {
    const { returns, currency } = state as PlacedOrder;
    const known = returns.find((each) => each.returnId === returnId)!;
    const body: ReturnAnswerView = { id: returnId, orderId, status: known.status, total: { amount: known.total, currency }, version };
    return { status, body, version, ...(status === 201 && { location: `/api/v1/orders/${orderId}` }) };
  });
}
