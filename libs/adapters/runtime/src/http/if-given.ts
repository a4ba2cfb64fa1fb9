import { ValidateIf } from 'class-validator';

/** A property of a body that may be left out. Unlike `IsOptional` it refuses null, which would be a third way to say nothing. */
export const IfGiven = () => (target: object, property: string | symbol) =>
  ValidateIf((body: Record<string | symbol, unknown>) => body[property] !== undefined)(target, property as string);
