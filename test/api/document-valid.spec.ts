import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';

const document = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(process.cwd(), 'docs', 'api', 'openapi.json'), 'utf8')) as Record<string, unknown>;

describe('the document of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document());
    expect({ valid, errors, version: validator.version }).toEqual({ valid: true, errors: undefined, version: '3.1' });
  });

  it('is checked by a validator that refuses what OpenAPI has not', async () => {
    const { valid } = await new Validator().validate({ ...document(), paths: { '/x': { get: { parameters: [{ name: 'a', in: 'nowhere' }] } } } });
    expect(valid).toBe(false);
  });
});
