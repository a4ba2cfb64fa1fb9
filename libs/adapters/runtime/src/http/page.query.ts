import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

/** Base64url, as cursors are answered. */
export const CURSOR = /^[A-Za-z0-9_-]*$/;
export const CURSOR_MESSAGE = 'cursor must be the `next` of an earlier page';

/** What every list takes. */
export class PageQuery {
  @ApiPropertyOptional({ default: 50, minimum: 1, maximum: 200 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'The `next` of an earlier page' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  @Matches(CURSOR, { message: CURSOR_MESSAGE })
  cursor?: string;
}
