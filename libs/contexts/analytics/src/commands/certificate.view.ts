import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class DifferenceView {
  @ApiProperty({ example: 'ordering position 7' })
  key: string;

  @ApiProperty({ example: 'altered in the ledger' })
  reason: string;

  @ApiPropertyOptional()
  expected?: string;

  @ApiPropertyOptional()
  actual?: string;
}

export class ProofView {
  @ApiProperty({ enum: ['ledger-is-the-log', 'read-models-are-their-sql', 'control-totals'] })
  name: string;

  @ApiProperty()
  equal: boolean;

  @ApiProperty({ description: 'Events, rows or totals that were compared' })
  checked: number;

  @ApiProperty({ type: [DifferenceView], description: 'At most 100' })
  differences: readonly DifferenceView[];

  @ApiProperty({ description: 'How many differ in all' })
  differing: number;
}

export class CertificateView {
  @ApiProperty()
  equal: boolean;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, description: 'Position of each context that was audited' })
  at: Readonly<Record<string, number>>;

  @ApiProperty({ type: [ProofView] })
  proofs: readonly ProofView[];

  @ApiProperty()
  events: number;

  @ApiProperty()
  seconds: number;
}
