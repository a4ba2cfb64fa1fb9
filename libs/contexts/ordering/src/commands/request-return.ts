import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { IfGiven } from '@adapters/runtime/src/http/if-given.js';
import { IsNestedArray } from '@adapters/runtime/src/http/nested.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { Principal } from '@kernel/principal.js';
import { IsString, Length } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import { Orders, ownOrAny } from '../orders.js';
import { OrderLineBody } from './order-line.body.js';
import { moveReturn, ReturnAnswerView } from './return-answer.js';

export class RequestReturnBody {
  @ApiPropertyOptional({ type: [OrderLineBody], description: 'What comes back; all that has shipped where it is left out' })
  @IfGiven()
  @IsNestedArray(() => OrderLineBody, { least: 1, most: 500 })
  lines?: OrderLineBody[];

  @ApiProperty({ example: 'too small' })
  @IsString()
  @Length(1, 200)
  reason: string;
}

export class RequestReturn {
  constructor(
    readonly orderId: string,
    readonly reason: string,
    /** Null for all that has shipped. */
    readonly lines: readonly { sku: string; quantity: number }[] | null,
    /** Only this customer's order; null for anyone's. */
    readonly onlyOf: string | null,
  ) {}
}

@CommandHandler(RequestReturn)
export class RequestReturnHandler implements ICommandHandler<RequestReturn> {
  constructor(private readonly orders: Orders) {}

  async execute({ orderId, reason, lines, onlyOf }: RequestReturn): Promise<CommandOutcome> {
    if (onlyOf !== null) await this.orders.mustBelongTo(orderId, onlyOf);
    const returnId = uuidv7();
    return moveReturn(this.orders, returnId, { type: 'RequestReturn', data: { orderId, returnId, reason, lines } }, 201);
  }
}

@ApiTags('orders')
@Controller('api/v1/orders')
export class RequestReturnRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/returns')
  @ApiOperation({ description: 'Asks to send back what has shipped: all of it, or the lines that are named.' })
  @HttpCode(201)
  @CommandRoute('ordering')
  @RequirePermission('orders:return:own')
  @ApiCreatedResponse({ type: ReturnAnswerView })
  @ApiNotFoundResponse({ description: 'ordering.order-not-found' })
  @ApiConflictResponse({ description: 'ordering.order-not-returnable, ordering.nothing-to-return, ordering.return-exceeds-order' })
  request(@Param('id') id: string, @Body() body: RequestReturnBody, @CurrentPrincipal() principal: Principal): Promise<CommandOutcome> {
    return this.commands.execute(new RequestReturn(id, body.reason, body.lines ?? null, ownOrAny(principal)));
  }
}
