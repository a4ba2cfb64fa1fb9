import { ConsoleLogger, Logger, Module } from '@nestjs/common';
import { createHttpApp } from '../http/bootstrap.js';
import { logEarlyLinesTo } from './early-logger.js';
import { createLogger } from './logger.js';

describe('lines before there is an application', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', role: 'relay' }, { write: (line) => void lines.push(line) });
  const said = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  // Made before the process knows how it is to log, as constants of modules are.
  const early = new Logger('RpcClient');
  beforeEach(() => {
    lines.length = 0;
    logEarlyLinesTo(logger);
  });
  afterEach(() => {
    process.removeAllListeners('warning');
    Logger.overrideLogger(new ConsoleLogger());
  });

  it('are what all the others are', () => {
    early.warn('identity does not answer');
    early.log('connected');
    expect(said()).toEqual([
      { level: 'warn', role: 'relay', time: expect.any(String), context: 'RpcClient', msg: 'identity does not answer' },
      { level: 'info', role: 'relay', time: expect.any(String), context: 'RpcClient', msg: 'connected' },
    ]);
  });

  it('show an error with where it came from, and no secret', () => {
    early.error(new Error('refused eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'));
    early.error({ err: new TypeError('deep'), password: 'hunter2!' }, 'a stack');
    expect(said()).toMatchObject([
      { level: 'error', context: 'RpcClient', err: { type: 'Error', stack: expect.stringMatching(/^\s+at /) } },
      { level: 'error', err: { type: 'TypeError' }, password: '[redacted]', stack: 'a stack' },
    ]);
    expect(lines.join()).not.toContain('eyJ');
  });

  it('are what Node warns of as well', () => {
    process.emit('warning', Object.assign(new Error('-5 is a negative number'), { name: 'TimeoutNegativeWarning' }));
    expect(said()).toMatchObject([{ level: 'warn', msg: '-5 is a negative number', err: { type: 'TimeoutNegativeWarning' } }]);
  });

  it('tell nothing of routes while an application is made', async () => {
    @Module({})
    class Empty {}
    // It has nothing of what an edge needs: only what is logged on the way is of interest.
    await createHttpApp(Empty, { log: logger, version: '1', document: null }).catch(() => undefined);
    expect(said().filter(({ level }) => level === 'info')).toEqual([]);
    early.warn('still there');
    expect(said().at(-1)).toMatchObject({ msg: 'still there' });
  });
});
