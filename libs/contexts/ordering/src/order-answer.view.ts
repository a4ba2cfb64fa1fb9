import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ORDER_STATUSES } from './orders.js';

export class MoneyView {
  @ApiProperty({ example: '15.30', description: 'Exact decimal' })
  amount: string;

  @ApiProperty({ example: 'GBP' })
  currency: string;
}

export class OrderAnswerView {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: ORDER_STATUSES })
  status: string;

  @ApiProperty()
  total: MoneyView;

  @ApiProperty({ description: 'Version of the order; also the ETag' })
  version: number;

  @ApiPropertyOptional({ description: 'Why it was cancelled, where the answer waited for that', example: 'payment.declined' })
  reason?: string;
}
