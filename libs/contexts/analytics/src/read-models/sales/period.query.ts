import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsCurrencyCode } from '@adapters/runtime/src/http/currency.js';
import { IsOptional, IsString, Length, ValidateBy, type ValidationArguments } from 'class-validator';
import { edgeProblem } from './period.js';
import { zoneNamed } from './zone.js';

/** What can be said of an edge before the zone is known, so that it is told together with everything else that is wrong. */
const IsPeriodEdge = (): PropertyDecorator =>
  ValidateBy({
    name: 'isPeriodEdge',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || edgeProblem(value) === null,
      defaultMessage: (args?: ValidationArguments) => `$property ${edgeProblem(String(args?.value))}`,
    },
  });

const IsZone = (): PropertyDecorator =>
  ValidateBy({
    name: 'isZone',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || zoneNamed(value) !== null,
      defaultMessage: () => '$property must be an IANA time zone such as Europe/London',
    },
  });

/** What every question about a period of sales takes. The currency is the shop's where none is given. */
export class PeriodQuery {
  @ApiPropertyOptional({ example: '2011-03-01', description: 'Inclusive: a date or time of the zone, or an instant. Default: 30 days before `to`' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  @IsPeriodEdge()
  from?: string;

  @ApiPropertyOptional({ example: '2011-04-01', description: 'Exclusive: a date or time of the zone, or an instant. Default: the end of today' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  @IsPeriodEdge()
  to?: string;

  @ApiPropertyOptional({ default: 'Europe/London', description: 'IANA time zone whose days and hours count' })
  @IsString()
  @Length(1, 64)
  @IsZone()
  timezone: string = 'Europe/London';

  @ApiPropertyOptional({ example: 'GBP', description: 'ISO 4217. Default: the shop’s' })
  @IsOptional()
  @IsCurrencyCode()
  currency?: string;
}
