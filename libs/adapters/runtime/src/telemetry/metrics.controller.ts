import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public, Unlimited } from '../auth/index.js';
import { Telemetry } from './telemetry.js';

@ApiTags('operations')
@Controller()
@Unlimited()
export class MetricsController {
  constructor(private readonly telemetry: Telemetry) {}

  @Public()
  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Every metric', schema: { type: 'string' } })
  @ApiOperation({ operationId: 'getMetrics', summary: 'Get metrics', description: 'In the text format of Prometheus.' })
  read(): Promise<string> {
    return this.telemetry.prometheus();
  }
}
