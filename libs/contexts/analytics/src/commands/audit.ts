import { Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { Auditor, type Certificate } from '@kernel/ports/read-store.js';
import { CertificateView } from './certificate.view.js';

export class Audit {}

/** Proves every figure against the events, at one watermark a context, while events come in. Rereads everything. */
@CommandHandler(Audit)
export class AuditHandler implements ICommandHandler<Audit, Certificate> {
  constructor(
    private readonly auditor: Auditor,
    private readonly operations: OperationsLog,
  ) {}

  execute(): Promise<Certificate> {
    return this.operations.record('audit', 'figures', () => this.auditor.audit());
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/audit')
export class AuditRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({
    summary: 'Prove the figures',
    description: 'Compares logs, ledger and read models, and answers with a certificate of whether they are equal, to the last event.',
  })
  @HttpCode(200)
  @RequirePermission('system:audit')
  @ApiOkResponse({ type: CertificateView })
  @ApiConflictResponse({ description: 'audit.in-progress' })
  audit(): Promise<CertificateView> {
    return this.commands.execute<Audit, Certificate>(new Audit());
  }
}
