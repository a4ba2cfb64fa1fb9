import { exactInstant, exactJson } from './exact.js';

describe('what an event store keeps exactly', () => {
  it.each(['\u0000', 'a\u0000b', '\ud800', '\udfffx', '\\\u0000', '\\\\\ud800'])('refuses text that jsonb cannot read: %j', (reason) => {
    expect(() => exactJson({ reason })).toThrow(expect.objectContaining({ code: 'request.unstorable-text' }));
    expect(() => exactJson({ [reason]: 1 })).toThrow(expect.objectContaining({ code: 'request.unstorable-text' }));
  });

  it.each(['😀', '\\u0000', '\\\\ud800', '\u0001\u001f', 'é\u2028', 'u0000'])('takes any other: %j', (reason) => {
    expect(JSON.parse(exactJson({ reason }))).toEqual({ reason });
  });

  it('cuts an instant to milliseconds, before and after every epoch', () => {
    expect(exactInstant('1999-06-01T00:00:00.123500Z')).toBe('1999-06-01T00:00:00.123Z');
    expect(exactInstant('2011-01-01T00:00:59.9999999Z')).toBe('2011-01-01T00:00:59.999Z');
    expect(exactInstant('2011-01-01T00:00:00Z')).toBe('2011-01-01T00:00:00.000Z');
  });
});
