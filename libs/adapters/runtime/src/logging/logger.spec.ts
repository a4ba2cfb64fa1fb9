import { createLogger } from './logger.js';

describe('logs', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) });
  const logged = (details: object): Record<string, unknown> => {
    lines.length = 0;
    logger.info(details, 'said');
    return JSON.parse(lines[0]!);
  };

  it('are one JSON object a line with level, time and message', () => {
    expect(logged({ sku: 'A-1' })).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), sku: 'A-1', msg: 'said' });
    expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
  });

  it('never hold a password or a token', () => {
    const secrets = {
      password: 'hunter2!',
      body: { password: 'hunter2!' },
      req: { headers: { authorization: 'Bearer hunter2!' } },
      result: { accessToken: 'hunter2!' },
    };
    logged(secrets);
    expect(lines[0]).not.toContain('hunter2!');
    expect(lines[0]).toContain('[redacted]');
  });
});
