import { Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission, SigningKeys } from '@adapters/runtime/src/auth/index.js';
import { CommandRoute } from '@adapters/runtime/src/http/command-route.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import type { Principal } from '@kernel/principal.js';
import type { SigningKeyRotated } from '../contract/signing-key-events.js';
import { signingKeys, type KeyRotation, type RotateSigningKey } from '../domain/signing-keys.js';
import { Roles } from './roles.js';

class ReplacedKeyView {
  @ApiProperty()
  kid: string;

  @ApiProperty({ format: 'date-time', description: 'When the last token that it signed has expired' })
  verifyUntil: string;
}

export class RotationView {
  @ApiProperty({ description: 'Names the new key in the header of its tokens' })
  kid: string;

  @ApiProperty({ format: 'date-time', description: 'Published now, it signs from then on' })
  signsFrom: string;

  @ApiProperty({ type: [ReplacedKeyView] })
  replaced: ReplacedKeyView[];
}

export class RotateSigningKeys {
  /** @param by null for the shop itself */
  constructor(readonly by: Principal | null) {}
}

@CommandHandler(RotateSigningKeys)
export class RotateSigningKeysHandler implements ICommandHandler<RotateSigningKeys> {
  private readonly repository: Repository<KeyRotation, RotateSigningKey, SigningKeyRotated>;

  constructor(
    aggregates: Aggregates,
    private readonly roles: Roles,
    private readonly keys: SigningKeys,
    private readonly store: SigningKeyStore,
    private readonly clock: Clock,
  ) {
    this.repository = aggregates.of('identity', { decider: signingKeys, stream: () => 'signing-keys' });
  }

  /** @throws Refusal `identity.rotation-pending` while the key before does not sign yet, `identity.privilege-escalation` */
  async execute({ by }: RotateSigningKeys): Promise<CommandOutcome<RotationView>> {
    await this.roles.ensureMay(by, 'system:keys', []);
    const { key, replaced } = await this.keys.successor();
    const { kid, signsFrom } = key;
    const data = { kid, signsFrom, replaced: replaced.map((old) => old.kid), at: this.clock.now() };
    const body = { kid, signsFrom, replaced: replaced.map((old) => ({ kid: old.kid, verifyUntil: old.verifyUntil! })) };
    const inline = await this.store.rows([key, ...replaced]);
    const outcome = await this.repository.execute(
      'all',
      { type: 'RotateSigningKey', data },
      ({ version }) => ({ status: 200, body, version }),
      ({ version }) => Promise.resolve([{ stream: 'signing-keys', expectedVersion: version, events: [], inline }]),
    );
    await this.keys.reload();
    return outcome as CommandOutcome<RotationView>;
  }
}

@ApiTags('admin')
@Controller('api/v1/admin/signing-keys')
export class RotateSigningKeysRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('rotate')
  @ApiOperation({
    description:
      'Has another key sign access tokens, from a moment on that leaves everybody time to learn it; the one before verifies until its last token has expired.',
  })
  @HttpCode(200)
  @CommandRoute('identity')
  @RequirePermission('system:keys')
  @ApiOkResponse({ type: RotationView })
  @ApiConflictResponse({ description: 'identity.rotation-pending' })
  rotate(@CurrentPrincipal() principal: Principal): Promise<CommandOutcome<RotationView>> {
    return this.commands.execute(new RotateSigningKeys(principal));
  }
}
