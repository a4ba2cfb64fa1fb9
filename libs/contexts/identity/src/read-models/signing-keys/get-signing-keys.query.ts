import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { KEYS_MAX_AGE_SECONDS, Public, SigningKeys, type PublishedKey } from '@adapters/runtime/src/auth/index.js';

class JsonWebKeyView implements PublishedKey {
  @ApiProperty({ enum: ['RSA'] })
  kty: string;

  @ApiProperty({ description: 'Modulus, base64url' })
  n: string;

  @ApiProperty({ description: 'Exponent, base64url', example: 'AQAB' })
  e: string;

  @ApiProperty({ description: 'As in the header of the tokens that it signs' })
  kid: string;

  @ApiProperty({ enum: ['RS256'] })
  alg: 'RS256';

  @ApiProperty({ enum: ['sig'] })
  use: 'sig';
}

export class JsonWebKeySetView {
  @ApiProperty({ type: [JsonWebKeyView] })
  keys: JsonWebKeyView[];
}

@ApiTags('auth')
@Controller('.well-known')
export class GetSigningKeysRoute {
  constructor(private readonly signingKeys: SigningKeys) {}

  @Get('jwks.json')
  @ApiOperation({ description: 'The public keys by which anybody can verify an access token of this shop (RFC 7517), those to come included.' })
  @Public()
  @Header('cache-control', `public, max-age=${KEYS_MAX_AGE_SECONDS}`)
  @ApiOkResponse({ type: JsonWebKeySetView })
  keys(): JsonWebKeySetView {
    return { keys: this.signingKeys.published() };
  }
}
