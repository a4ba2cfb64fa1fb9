import { fitsBcrypt, PASSWORD_MAX_BYTES, PASSWORD_MIN_BYTES } from '@adapters/runtime/src/auth/index.js';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { normalisedEmail } from '../domain/email.js';

/** An email field in its one spelling. */
export const NormalisedEmail = () => Transform(({ value }) => (typeof value === 'string' ? normalisedEmail(value) : value));

/** Text without white space around it. */
export const Trimmed = () => Transform(({ value }) => (typeof value === 'string' ? value.trim() : value));

/** A password that bcrypt takes whole. */
export const FitsBcrypt = () =>
  ValidateBy({
    name: 'fitsBcrypt',
    validator: {
      validate: fitsBcrypt,
      defaultMessage: () => `$property must have ${PASSWORD_MIN_BYTES} to ${PASSWORD_MAX_BYTES} bytes (letters outside of ASCII take two or more)`,
    },
  });
