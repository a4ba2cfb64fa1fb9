import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { Refusal } from '@kernel/refusal.js';
import { IsString, Length } from 'class-validator';
import { NormalisedEmail } from './fields.js';
import { Users } from './users.js';

export class LookUpUserBody {
  @ApiProperty({ example: 'ada@example.org', maxLength: 254 })
  @NormalisedEmail()
  @IsString()
  @Length(1, 254)
  email: string;
}

class FoundUserView {
  @ApiProperty({ format: 'uuid' })
  id: string;
}

@ApiTags('users')
@Controller('api/v1/users')
export class LookUpUserRoute {
  constructor(private readonly users: Users) {}

  @Post('lookup')
  @ApiOperation({
    description: 'Whose account an email is. Asked by POST, because addresses of requests end up in logs of proxies, where no email belongs.',
  })
  @HttpCode(200)
  @RequirePermission('users:manage')
  @ApiOkResponse({ type: FoundUserView })
  @ApiNotFoundResponse({ description: 'identity.user-not-found' })
  async lookUp(@Body() { email }: LookUpUserBody): Promise<FoundUserView> {
    const account = await this.users.byEmail(email);
    if (!account) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    return { id: account.id };
  }
}
