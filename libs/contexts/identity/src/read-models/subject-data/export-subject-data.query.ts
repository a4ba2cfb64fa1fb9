import { Controller, Get, Injectable, Param, type StreamableFile } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ApiForbiddenResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { CurrentRead } from '@adapters/runtime/src/http/consistency.js';
import { AnswersFile, streamedJson } from '@adapters/runtime/src/http/streamed-file.js';
import { Clock } from '@kernel/clock.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { SubjectData } from '@kernel/ports/subject-data.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { SubjectDataExports } from '../../subject-data-exports.js';
import { UserPrivilege } from '../../user-privilege.js';
import { subjectDocument } from './subject-document.js';

/** Everything that any context holds of a person, as one JSON document. */
@Injectable()
export class SubjectDataExport {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly stores: EventStores,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal `identity.user-not-found`; `service.unavailable` while a context that may hold something does not answer */
  async of(subject: string): Promise<StreamableFile> {
    const stream = `user-${subject}`;
    const versions = await this.stores.store('identity').versions([stream]);
    if (versions.get(stream) === 0) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    // Before the first byte is sent: a part that is missing refuses the whole.
    const parts = await Promise.all(this.sources().map(async (source) => ({ context: source.context, sections: await source.sections(subject) })));
    return streamedJson(subjectDocument(subject, this.clock.now(), parts), `personal-data-${subject}.json`);
  }

  /** Identity first, then the others by name: the same person's document has the same order each time. */
  private sources(): SubjectData[] {
    const found = this.discovery.getProviders().flatMap(({ instance }) => (instance instanceof SubjectData ? [instance] : []));
    const place = ({ context }: SubjectData): string => (context === 'identity' ? '' : context);
    return [...new Set(found)].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }
}

const DOCUMENT = {
  type: 'object',
  required: ['subject', 'exportedAt'],
  properties: { subject: { type: 'string', format: 'uuid' }, exportedAt: { type: 'string', format: 'date-time' } },
  additionalProperties: {
    type: 'object',
    description: 'What a context holds, by its name',
    additionalProperties: { type: 'array', items: { type: 'object' } },
  },
};

@ApiTags('users')
@Controller('api/v1/users')
export class ExportSubjectDataRoute {
  constructor(
    private readonly data: SubjectDataExport,
    private readonly privilege: UserPrivilege,
    private readonly exports: SubjectDataExports,
  ) {}

  @Get('me/data')
  @ApiOperation({ operationId: 'exportMyData', description: 'Everything that is held of you, with everything that happened to it, as a file.' })
  @CurrentRead()
  @RequirePermission('users:read:own')
  @AnswersFile()
  @ApiOkResponse({ schema: DOCUMENT })
  mine(@CurrentPrincipal() { id }: Principal): Promise<StreamableFile> {
    return this.data.of(id);
  }

  @Get(':id/data')
  @ApiOperation({ operationId: 'exportUserData', description: 'Everything that is held of a person; of one who is erased, what is left.' })
  @CurrentRead()
  @RequirePermission('users:export')
  @AnswersFile()
  @ApiOkResponse({ schema: DOCUMENT })
  @ApiForbiddenResponse({ description: 'identity.privilege-escalation' })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  async of(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<StreamableFile> {
    await this.privilege.ensureOver(id, principal, 'users:export');
    const answer = await this.data.of(id);
    await this.exports.tell(id);
    return answer;
  }
}
