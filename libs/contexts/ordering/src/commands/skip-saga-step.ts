import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SagaView } from '../saga.view.js';
import { IsString, Length } from 'class-validator';
import { OperatorReasonBody } from './operator-reason.body.js';

export class SkipSagaStepBody extends OperatorReasonBody {
  @ApiProperty({ example: 'authorise-payment', description: 'The step that the saga is at: one that has moved on meanwhile is not touched' })
  @IsString()
  @Length(1, 64)
  step: string;
}

export class SkipSagaStep {
  constructor(
    readonly saga: string,
    readonly id: string,
    readonly step: string,
    readonly reason: string,
  ) {}
}

/** Takes the step that a saga is at for done, on the word of an operator who has seen to it. */
@CommandHandler(SkipSagaStep)
export class SkipSagaStepHandler implements ICommandHandler<SkipSagaStep, SagaView> {
  constructor(private readonly sagas: Sagas) {}

  execute({ saga, id, step, reason }: SkipSagaStep): Promise<SagaView> {
    return this.sagas.skip(saga, id, step, reason);
  }
}

@ApiTags('operations')
@Controller('api/v1/admin/sagas')
export class SkipSagaStepRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post(':saga/:id/skip')
  @ApiOperation({ description: 'What skipping each step means: docs/runbooks/stuck-sagas.md.' })
  @HttpCode(200)
  @RequirePermission('sagas:manage')
  @ApiOkResponse({ type: SagaView })
  @ApiNotFoundResponse({ description: 'saga.not-found' })
  @ApiConflictResponse({ description: 'saga.ended, saga.moved-on, saga.not-stuck, saga.not-applicable' })
  skip(@Param('saga') saga: string, @Param('id') id: string, @Body() { step, reason }: SkipSagaStepBody): Promise<SagaView> {
    return this.commands.execute(new SkipSagaStep(saga, id, step, reason));
  }
}
