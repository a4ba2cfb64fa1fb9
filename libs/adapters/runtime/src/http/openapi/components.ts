const text = (description: string, more: object = {}) => ({ description, schema: { type: 'string', ...more } });
const count = (description: string, example: number) => ({ description, schema: { type: 'integer', minimum: 0, example } });

export const HEADERS = {
  'X-Request-Id': text('What the log calls this request', { format: 'uuid' }),
  ETag: text('Version of what is answered; to be sent as If-Match with a command, or as If-None-Match with the next read', { example: '"3"' }),
  Location: text('Where to read what was made', { format: 'uri-reference', example: '/api/v1/orders/0199f3a2-7c1e-7d53-9f54-2f0f6a3b1c2d' }),
  'Consistency-Token': text('Sent with a read, makes it wait until it shows this command', {
    example: 'ordering=0199f3a2-7c1e-7d53-9f54-2f0f6a3b1c2d',
  }),
  'Idempotent-Replayed': text('`true` where the answer is that of an earlier request with this Idempotency-Key', { enum: ['true'] }),
  'RateLimit-Limit': count('Requests in a window', 600),
  'RateLimit-Remaining': count('Requests left in this window', 599),
  'RateLimit-Reset': count('Seconds until the next window', 60),
  'RateLimit-Policy': text('Which limit counts: its name, its requests (q) and its window in seconds (w)', { example: '"customer";q=600;w=60' }),
  'Retry-After': count('Seconds to wait', 12),
  'Content-Disposition': text('Under which name to keep the file', {
    example: 'attachment; filename="personal-data-0199f3a2-7c1e-7d53-9f54-2f0f6a3b1c2d.json"',
  }),
  'WWW-Authenticate': text('The scheme to sign in by', { example: 'Bearer' }),
} as const;

export const PARAMETERS = {
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The ETag of an earlier answer: answered 304 without a body where nothing has changed',
    schema: { type: 'string' },
  },
} as const;

export const PROBLEM = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', example: 'urn:nebulocart:problem:request.invalid' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong and what to do' },
    code: { type: 'string', description: 'Stable; what a program decides by', example: 'request.invalid' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      description: 'Every field at fault',
      items: { type: 'object', required: ['field', 'message'], properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
  additionalProperties: true,
} as const;
