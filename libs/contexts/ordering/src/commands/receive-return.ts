import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { Orders } from '../orders.js';
import { moveReturn, ReturnAnswerView } from './return-answer.js';

/** The goods are back in the house: restocking and refund begin. */
export class ReceiveReturn {
  constructor(
    readonly orderId: string,
    readonly returnId: string,
  ) {}
}

@CommandHandler(ReceiveReturn)
export class ReceiveReturnHandler implements ICommandHandler<ReceiveReturn> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId, returnId }: ReceiveReturn): Promise<CommandOutcome> {
    return moveReturn(this.orders, returnId, { type: 'ReceiveReturn', data: { orderId, returnId } });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class ReceiveReturnRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/returns/:returnId/receive')
  @ApiOperation({ description: 'The goods are back in the house: they are restocked, and their price is given back.' })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: ReturnAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found, ordering.return-not-found' })
  @ApiConflictResponse({ description: 'ordering.return-not-receivable' })
  receive(@Param('id') id: string, @Param('returnId') returnId: string): Promise<CommandOutcome> {
    return this.commands.execute(new ReceiveReturn(id, returnId));
  }
}
