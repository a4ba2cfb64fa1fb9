import { ApiProperty } from '@nestjs/swagger';

export class RebuildView {
  @ApiProperty({ example: 'sales' })
  readModel: string;

  @ApiProperty({ example: 2, description: 'The generation that answered before; 0 for none' })
  from: number;

  @ApiProperty({ example: 3 })
  to: number;

  @ApiProperty({ description: 'Rows of the generation' })
  rows: number;

  @ApiProperty()
  seconds: number;

  @ApiProperty({ description: 'Whether it is what its SQL makes of the ledger. An uncertified rebuild is dropped, the old generation still answers' })
  certified: boolean;
}
