import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { jest } from '@jest/globals';
import { Refusal } from '@kernel/refusal.js';
import { fail, TRY_AGAIN } from './fail.js';

/** What a start that failed so says, and with what code it ends. */
function told(error: unknown) {
  const said: string[] = [];
  const exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    fail(error);
    return { said: said.join(''), code: exit.mock.calls[0]![0] };
  } finally {
    write.mockRestore();
    exit.mockRestore();
  }
}

describe('a start that fails', () => {
  it('is to be tried again where a database did not answer', () => {
    const away = new Refusal('engine.unavailable', 'unavailable', 'The database does not answer: try again shortly');
    expect(told(away)).toEqual({ said: 'Cannot start: The database does not answer: try again shortly\n', code: TRY_AGAIN });
  });

  it('is not to be tried again where something has to be done first', () => {
    expect(told(new StartupError('PORT is taken: choose another'))).toEqual({ said: 'Cannot start: PORT is taken: choose another\n', code: 1 });
    expect(told(new Refusal('landing.other', 'conflict', 'no'))).toMatchObject({ code: 1 });
  });

  it('shows where it came from where nobody foresaw it', () => {
    expect(told(new Error('broken'))).toEqual({ said: expect.stringMatching(/^Cannot start: Error: broken\n +at /) as string, code: 1 });
  });
});
