/** Why a text cannot be kept, or null: PostgreSQL takes neither U+0000 nor half of a surrogate pair. */
export function textError(text: string): string | null {
  if (text.includes('\0')) return 'must not hold the character U+0000';
  return text.isWellFormed() ? null : 'must be well-formed Unicode, without halves of surrogate pairs';
}
