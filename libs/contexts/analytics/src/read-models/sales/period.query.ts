import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

/** What every question about a period of sales takes. */
export class PeriodQuery {
  @ApiPropertyOptional({ example: '2011-03-01', description: 'Inclusive: a date or time of the zone, or an instant. Default: 30 days before `to`' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  from?: string;

  @ApiPropertyOptional({ example: '2011-04-01', description: 'Exclusive: a date or time of the zone, or an instant. Default: the end of today' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  to?: string;

  @ApiPropertyOptional({ default: 'Europe/London', description: 'IANA time zone whose days and hours count' })
  @IsString()
  @Length(1, 64)
  timezone: string = 'Europe/London';

  @ApiPropertyOptional({ default: 'GBP' })
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be an ISO 4217 code such as GBP' })
  currency: string = 'GBP';
}
