import { ApiProperty } from '@nestjs/swagger';

export class MoneyView {
  @ApiProperty({ example: '15.30', description: 'Exact decimal' })
  amount: string;

  @ApiProperty({ example: 'GBP' })
  currency: string;
}

export class OrderAnswerView {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: ['placed', 'confirmed', 'shipped', 'delivered', 'cancelled'] })
  status: string;

  @ApiProperty()
  total: MoneyView;

  @ApiProperty({ description: 'Version of the order; also the ETag' })
  version: number;
}
