import { ClickHouseException } from './exceptions.js';

/** One statement with all that its request said about it. */
export interface Statement {
  readonly sql: string;
  readonly queryId: string;
  /** The output's format where the statement names none. */
  readonly format: string;
  readonly database: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** Bound parameters in ClickHouse's own escaped text, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The answer is to be whole before its first byte is sent, so that a late error has a status of its own. */
  readonly buffered: boolean;
}

/** Parameters of the address that tell how to talk, not what to do; the engine does not know them. */
const TRANSPORT = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'http_headers_progress_interval_ms',
  'send_progress_in_http_headers',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
]);
/** What would be silently ignored, and so answered wrongly. */
const UNSUPPORTED = ['session_id', 'session_timeout', 'session_check', 'role', 'compress', 'decompress'];
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const HAS_TEXT_BODY = /^(JSON|CSV|TSV|TabSeparated|Values|LineAsString|RawBLOB)/i;
/** Formats of which the rows are independent of each other, so that the chunks of a result are parts of one text. */
const STREAMED = new Set(['JSONEachRow', 'JSONCompactEachRow', 'JSONStringsEachRow', 'JSONCompactStringsEachRow', 'TabSeparated', 'TSV', 'CSV']);

export interface StatementParts {
  readonly search: URLSearchParams;
  readonly body: string;
  readonly header: (name: string) => string | undefined;
  readonly queryId: string;
}

/** Reads a statement from its request. @throws ClickHouseException for what cannot be honoured */
export function statementOf({ search, body, header, queryId }: StatementParts): Statement {
  const refused = UNSUPPORTED.find((name) => search.get(name));
  if (refused) throw ClickHouseException.of('NOT_IMPLEMENTED', `${refused} is not supported here`);
  const settings: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  for (const [name, value] of search) {
    if (TRANSPORT.has(name) || UNSUPPORTED.includes(name)) continue;
    if (!NAME.test(name)) throw ClickHouseException.of('BAD_ARGUMENTS', `there is no setting ${JSON.stringify(name)}`);
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else settings[name] = value;
  }
  const format = search.get('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated';
  if (!NAME.test(format)) throw ClickHouseException.of('BAD_ARGUMENTS', `there is no format ${JSON.stringify(format)}`);
  return {
    sql: sqlOf(search.get('query') ?? '', body),
    queryId,
    format,
    database: search.get('database') ?? header('x-clickhouse-database'),
    settings,
    parameters,
    buffered: search.get('wait_end_of_query') === '1',
  };
}

/** The address' part and the body are one statement. */
function sqlOf(query: string, body: string): string {
  if (!query || !body) return query || body;
  const format = isInsert(query) && formatAtEnd(query);
  if (format && !HAS_TEXT_BODY.test(format)) throw ClickHouseException.of('NOT_IMPLEMENTED', `rows in the format ${format} are not taken here`);
  return `${query}\n${body}`;
}

const bare = (sql: string): string => sql.replace(/^(\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
const formatAtEnd = (sql: string): string | undefined => /\bFORMAT\s+(\w+)\s*;?\s*$/i.exec(sql)?.[1];

const isInsert = (sql: string): boolean => /^INSERT\b/i.test(bare(sql));

/** An INSERT whose rows were to follow, and none did: the engine would refuse it, ClickHouse does nothing. */
export const insertsNothing = (sql: string): boolean => isInsert(sql) && HAS_TEXT_BODY.test(formatAtEnd(sql) ?? '');

/** Whether a statement only asks. */
export const isQuestion = (sql: string): boolean => /^(\(|(SELECT|WITH|FROM|SHOW|DESC|DESCRIBE|EXPLAIN|EXISTS)\b)/i.test(bare(sql));

/** The format in which the answer can be sent chunk by chunk; undefined where it has to be whole. */
export function streamedFormat({ sql, format, buffered }: Statement): string | undefined {
  if (buffered || !/^(\(|(SELECT|WITH|FROM)\b)/i.test(bare(sql))) return undefined;
  const named = formatAtEnd(sql);
  // A format that stands elsewhere, before a SETTINGS clause say, is not looked for: what is whole is right in any format.
  if (!named && /\bFORMAT\s/i.test(sql)) return undefined;
  return STREAMED.has(named ?? format) ? (named ?? format) : undefined;
}

const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** What has to be said to a session of its own before the statement; the session ends with it, and so does all that was said. */
export function preamble({ database, settings, parameters }: Statement, defaults: Readonly<Record<string, string>>): string[] {
  const all = { ...defaults, ...settings };
  const assignments = [
    ...Object.entries(parameters).map(([name, value]) => `param_${name} = ${literal(value)}`),
    // Last: a session that was made read only takes no more.
    ...Object.entries(all)
      .sort(([a], [b]) => Number(a === 'readonly') - Number(b === 'readonly'))
      .map(([name, value]) => `${name} = ${literal(value)}`),
  ];
  return [
    ...(database && database !== 'default' ? [`USE \`${database.replace(/[\\`]/g, '\\$&')}\``] : []),
    ...(assignments.length > 0 ? [`SET ${assignments.join(', ')}`] : []),
  ];
}
