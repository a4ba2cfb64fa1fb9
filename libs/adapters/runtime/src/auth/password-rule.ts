export const PASSWORD_MIN_BYTES = 8;
/** bcrypt reads no further: whatever follows would not protect the account, so longer ones are refused, never cut. */
export const PASSWORD_MAX_BYTES = 72;

/** The same characters typed on another system can arrive composed in another way. */
export const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

/** True for a password that bcrypt takes whole and that is not too short. */
export function fitsBcrypt(password: unknown): password is string {
  if (typeof password !== 'string') return false;
  const { length } = bytesOf(password);
  return length >= PASSWORD_MIN_BYTES && length <= PASSWORD_MAX_BYTES;
}
