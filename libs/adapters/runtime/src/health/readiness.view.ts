import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import type { ReadinessReport } from './readiness.js';

class EngineView {
  @ApiProperty({ enum: ['up', 'down'] })
  status: 'up' | 'down';

  @ApiProperty({ description: 'How long it took to answer' })
  ms: number;

  @ApiPropertyOptional({ description: 'Why it is down' })
  reason?: string;
}

@ApiExtraModels(EngineView)
export class ReadinessView implements ReadinessReport {
  @ApiProperty({ enum: ['ready', 'not-ready', 'stopping'] })
  status: ReadinessReport['status'];

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(EngineView) }, description: 'By name' })
  engines: Record<string, EngineView>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    description: 'By context: how far the read models have seen its log; empty while that cannot be told',
  })
  watermarks: ReadinessReport['watermarks'];
}
