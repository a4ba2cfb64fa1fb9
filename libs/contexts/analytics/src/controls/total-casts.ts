const cast = (text: string, type: string): string => `CASE WHEN pg_input_is_valid(${text}, '${type}') THEN (${text})::${type} END`;

/** A whole number in Postgres' SQL, or null for text that is none: an event that nobody can read must not end the audit that names it. */
export const asWhole = (text: string): string => cast(text, 'bigint');

/** A decimal in Postgres' SQL, or null for text that is none. */
export const asDecimal = (text: string): string => cast(text, 'numeric');
