import fc from 'fast-check';
import { formatToken, parseToken } from './consistency-token.js';
import { Refusal } from './refusal.js';

const context = fc.stringMatching(/^[a-z]{1,20}$/);
const token = fc.uniqueArray(fc.tuple(context, fc.uuid()), { minLength: 1, maxLength: 5, selector: ([name]) => name });

describe('the consistency token', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(token, (entries) => {
        expect(parseToken(formatToken(Object.fromEntries(entries)))).toEqual(Object.fromEntries(entries));
      }),
    );
  });

  it('may have spaces around its entries, as a header may', () => {
    const [a, b] = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'];
    expect(parseToken(` ordering=${a} , catalog=${b} `)).toEqual({ ordering: a, catalog: b });
  });

  it.each([
    '',
    ',',
    'ordering',
    'ordering=',
    'ordering=1',
    '=01890a5d-ac96-774b-bcce-b302099a8057',
    'ordering=01890a5d-ac96-774b-bcce-b302099a8057;x',
    'Ordering=01890a5d-ac96-774b-bcce-b302099a8057',
  ])('refuses %j and names the header', (text) => {
    const parse = () => parseToken(text);
    expect(parse).toThrow(Refusal);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'consistency-token.malformed', kind: 'invalid', details: { header: 'Consistency-Token' } }),
    );
  });

  it('never throws anything but a refusal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseToken(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});
