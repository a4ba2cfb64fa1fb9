import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unlimited } from '../auth/index.js';
import { ReadinessView } from './readiness.view.js';
import { Readiness, type ReadinessReport } from './readiness.js';

@ApiTags('operations')
@Controller()
@Unlimited()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Public()
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Check liveness',
    description: 'Whether the process answers at all; restart it where it does not.',
  })
  @ApiOkResponse({
    description: 'It does',
    schema: { type: 'object', properties: { status: { type: 'string', enum: ['alive'] } }, required: ['status'] },
  })
  alive(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Public()
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Check readiness',
    description: 'Each engine, and how far behind its log each context is in the read models.',
  })
  @ApiOkResponse({ description: 'Every engine answers', type: ReadinessView })
  @ApiServiceUnavailableResponse({ type: ReadinessView, description: 'An engine is away, or the server is stopping: send nothing here' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    reply.status(report.status === 'ready' ? 200 : 503);
    return report;
  }
}
