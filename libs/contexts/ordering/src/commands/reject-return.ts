import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { IsString, Length } from 'class-validator';
import { Orders } from '../orders.js';
import { moveReturn, ReturnAnswerView } from './return-answer.js';

export class RejectReturnBody {
  @ApiPropertyOptional({ example: 'worn', default: 'rejected' })
  @IfGiven()
  @IsString()
  @Length(1, 200)
  reason?: string;
}

/** The goods stay with the customer after all. */
export class RejectReturn {
  constructor(
    readonly orderId: string,
    readonly returnId: string,
    readonly reason: string,
  ) {}
}

@CommandHandler(RejectReturn)
export class RejectReturnHandler implements ICommandHandler<RejectReturn> {
  constructor(private readonly orders: Orders) {}

  execute({ orderId, returnId, reason }: RejectReturn): Promise<CommandOutcome> {
    return moveReturn(this.orders, returnId, { type: 'RejectReturn', data: { orderId, returnId, reason } });
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class RejectReturnRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/returns/:returnId/reject')
  @ApiOperation({ description: 'What came back is not taken: nothing is given back for it.' })
  @HttpCode(200)
  @CommandRoute('ordering')
  @RequirePermission('orders:manage')
  @ApiOkResponse({ type: ReturnAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found, ordering.return-not-found' })
  @ApiConflictResponse({ description: 'ordering.return-not-rejectable' })
  reject(@Param('id') id: string, @Param('returnId') returnId: string, @Body() body: RejectReturnBody): Promise<CommandOutcome> {
    return this.commands.execute(new RejectReturn(id, returnId, body?.reason ?? 'rejected'));
  }
}
