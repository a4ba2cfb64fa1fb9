import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, SignedIn } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { Clock } from '@kernel/clock.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { SESSION_COLUMNS, type SessionCredential } from '../../session-credential.js';

export class SessionView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'True for the session that asks' })
  current: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it was started or last refreshed' })
  lastUsedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends unless it is used before' })
  idleUntil: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends however much it is used' })
  expiresAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'What the browser or program said of itself at the sign-in' })
  userAgent: string | null;
}

export class SessionsView {
  @ApiProperty({ type: [SessionView], description: 'The last used first' })
  items: SessionView[];
}

/** More than anybody has devices. */
const MOST = 100;

const LIST = {
  name: 'list-sessions',
  text: `select ${SESSION_COLUMNS} from identity.session_credentials s
         where s.user_id = $1 and s.ended_at is null and s.expires_at > $2::timestamptz and s.idle_until > $2::timestamptz
         order by s.last_used_at desc, s.session_id desc limit ${MOST}`,
};

@ApiTags('users')
@Controller('api/v1/users')
export class ListSessionsRoute {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly personalData: PersonalData,
    private readonly clock: Clock,
  ) {}

  @Get('me/sessions')
  @ApiOperation({ summary: 'List my sessions', description: 'One’s own open sessions.' })
  @CurrentRead()
  @SignedIn()
  @ApiOkResponse({ type: SessionsView })
  async list(@CurrentPrincipal() { id, sessionId }: Principal): Promise<SessionsView> {
    const rows = await this.reads.query<SessionCredential>('identity', LIST, [id, this.clock.now()]);
    return { items: await Promise.all(rows.map((row) => this.view(row, sessionId))) };
  }

  private async view(
    { sessionId, startedAt, lastUsedAt, idleUntil, expiresAt, userAgent }: SessionCredential,
    current: string,
  ): Promise<SessionView> {
    return {
      id: sessionId,
      current: sessionId === current,
      createdAt: startedAt,
      lastUsedAt,
      idleUntil,
      expiresAt,
      userAgent: userAgent && (await this.personalData.open(userAgent)),
    };
  }
}
