import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
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
  @ApiOperation({ summary: 'Metrics in the text format of Prometheus' })
  read(): Promise<string> {
    return this.telemetry.prometheus();
  }
}
