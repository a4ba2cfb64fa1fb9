import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Refusal } from '@kernel/refusal.js';
import type { FieldError } from './problem.js';

/** Most errors told at once; whoever sends more has a program to mend first. */
const MOST_ERRORS = 100;

/** Validates bodies and queries by their DTO classes: unknown properties are refused, and all errors are told at once. */
export const validation = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { exposeDefaultValues: true },
    stopAtFirstError: false,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => flatten(error, '')).slice(0, MOST_ERRORS)),
  });

/** The refusal for a request whose fields are at fault. */
export const invalid = (errors: readonly FieldError[]): Refusal =>
  new Refusal('request.invalid', 'invalid', errors.map((error) => `${error.field}: ${error.message}`).join('; '), { errors });

function flatten(error: ValidationError, parent: string): FieldError[] {
  const field = parent ? `${parent}.${error.property}` : error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}
