/** Numbers and names of ClickHouse's own exceptions that the front itself raises. */
const OWN = {
  BAD_ARGUMENTS: 36,
  NOT_IMPLEMENTED: 48,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_IS_TOO_LARGE: 390,
  REQUIRED_PASSWORD: 194,
  AUTHENTICATION_FAILED: 516,
} as const;

/** By number, as ClickHouse's HTTP interface answers them; what is not named is a 500. */
const STATUS: Readonly<Record<number, readonly string[]>> = {
  400: 'BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 CANNOT_PARSE_UUID DUPLICATE_COLUMN ILLEGAL_COLUMN ILLEGAL_TYPE_OF_ARGUMENT NUMBER_OF_ARGUMENTS_DOESNT_MATCH THERE_IS_NO_COLUMN UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE TOO_DEEP_AST TOO_BIG_AST UNEXPECTED_AST_STRUCTURE SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'.split(
    ' ',
  ),
  401: ['REQUIRED_PASSWORD'],
  403: ['UNKNOWN_USER', 'WRONG_PASSWORD', 'AUTHENTICATION_FAILED'],
  404: 'UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE UNKNOWN_TYPE_OF_QUERY'.split(
    ' ',
  ),
  408: ['TIMEOUT_EXCEEDED'],
  413: ['QUERY_IS_TOO_LARGE'],
  501: ['NOT_IMPLEMENTED'],
  503: ['SOCKET_TIMEOUT', 'CANNOT_OPEN_FILE', 'CANNOT_SCHEDULE_TASK'],
};
const STATUS_OF = new Map(Object.entries(STATUS).flatMap(([status, names]) => names.map((name) => [name, Number(status)] as const)));
const UNKNOWN_EXCEPTION = 1002;

/** An error in the words of ClickHouse's HTTP interface. */
export class ClickHouseException extends Error {
  constructor(
    readonly code: number,
    /** The exception's name, such as SYNTAX_ERROR. */
    readonly type: string,
    /** All that a client reads: `Code: 62. DB::Exception: … (SYNTAX_ERROR)`. */
    readonly text: string,
  ) {
    super(text);
  }

  get status(): number {
    return STATUS_OF.get(this.type) ?? 500;
  }

  /** One that the front raises itself. */
  static of(type: keyof typeof OWN, message: string): ClickHouseException {
    return new ClickHouseException(OWN[type], type, `Code: ${OWN[type]}. DB::Exception: ${message} (${type})`);
  }

  /** What the engine threw; its texts are ClickHouse's own. */
  static from(error: unknown): ClickHouseException {
    if (error instanceof ClickHouseException) return error;
    const text = error instanceof Error ? error.message : String(error);
    const code = /^Code: (\d+)\./.exec(text)?.[1];
    const type = /\(([A-Z][A-Z0-9_]{2,})\)\s*$/.exec(text)?.[1];
    if (code && type) return new ClickHouseException(Number(code), type, text);
    return new ClickHouseException(UNKNOWN_EXCEPTION, 'UNKNOWN_EXCEPTION', `Code: ${UNKNOWN_EXCEPTION}. DB::Exception: ${text} (UNKNOWN_EXCEPTION)`);
  }
}
