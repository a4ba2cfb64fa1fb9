import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Refusal } from '@kernel/refusal.js';
import type { FieldError } from './problem.js';

/** Most errors told at once; whoever sends more has a program to mend first. */
export const MOST_ERRORS = 100;

/** Validates bodies and queries by their DTO classes: unknown properties are refused, and all errors are told at once. */
export const validation = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { exposeDefaultValues: true },
    stopAtFirstError: false,
    // The value tells what is missing; it goes no further.
    validationError: { target: false, value: true },
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => flatten(error, '')).slice(0, MOST_ERRORS)),
  });

/** The refusal for a request whose fields are at fault. */
export const invalid = (errors: readonly FieldError[]): Refusal =>
  new Refusal('request.invalid', 'invalid', errors.map(sentence).join('; '), { errors });

/** The message under the field's whole path, which is not put before it where it begins with the field's own name. */
function sentence({ field, message }: FieldError): string {
  const name = field.slice(field.lastIndexOf('.') + 1);
  const before = ['', 'property '].find((words) => message.startsWith(`${words}${name} `));
  return before === undefined ? `${field}: ${message}` : `${before}${field}${message.slice(before.length + name.length)}`;
}

function flatten(error: ValidationError, parent: string): FieldError[] {
  const field = parent ? `${parent}.${error.property}` : error.property;
  const own = messagesOf(error).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}

/** What is missing breaks every rule at once, of which the first is that it has to be there. */
function messagesOf({ property, value, constraints = {} }: ValidationError): string[] {
  const isMissing =
    value === undefined && Object.keys(constraints).length > 0 && !('unknownValue' in constraints || 'whitelistValidation' in constraints);
  return isMissing ? [`${property} must be given`] : Object.values(constraints);
}
