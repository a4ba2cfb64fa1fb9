import type { OpenAPIObject } from '@nestjs/swagger';

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', example: 'urn:nebulocart:problem:request.invalid' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong and what to do' },
    code: { type: 'string', description: 'Stable; what a program decides by', example: 'request.invalid' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      description: 'Every field at fault',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
  additionalProperties: true,
} as const;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Adds to every operation the one shape that all its refusals and failures have (RFC 9457). */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM as never } };
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) operation.responses['default'] ??= { description: 'Refused or failed: `code` says why', content };
    }
  }
  return document;
}
