import { signature, verify } from './signature.js';

const NOW = new Date('2011-06-01T10:00:00.000Z');
const AT = NOW.getTime() / 1_000;
const sign = (at: number) => signature('secret', 'body', at);
const verdict = (header: string | undefined, body = 'body', secret = 'secret'): string => {
  try {
    verify(secret, body, header, NOW);
    return 'verified';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the signature of a callback', () => {
  it('is the HMAC-SHA-256 of its time and its body', () => {
    // echo -n '1306922400.body' | openssl dgst -sha256 -hmac secret
    expect(sign(AT)).toBe('t=1306922400,v1=6188395ad1775b7205508439e98e118ae5a81837f0205d4671ea4bf215014680');
    expect(verdict(sign(AT))).toBe('verified');
  });

  it.each([-300, 300])('holds %d s from now', (seconds) => expect(verdict(sign(AT + seconds))).toBe('verified'));
  it.each([-301, 301])('has expired %d s from now', (seconds) => expect(verdict(sign(AT + seconds))).toBe('payment.callback-expired'));

  it('holds for one body and one secret', () => {
    expect(verdict(sign(AT), 'Body')).toBe('payment.callback-unsigned');
    expect(verdict(sign(AT), 'body', 'Secret')).toBe('payment.callback-unsigned');
  });

  it('says so first where it is both forged and old', () => {
    expect(verdict(sign(AT - 301).replace(/.$/, (last) => (last === '0' ? '1' : '0')))).toBe('payment.callback-unsigned');
  });

  it.each([
    undefined,
    '',
    `t=${AT}`,
    `t=${AT},v1=`,
    `t=${AT},v1=${'0'.repeat(63)}`,
    `t=${AT},t=1,${sign(AT).split(',')[1]}`,
    ` ${sign(AT)}`,
    `${sign(AT)},v0=0`,
    sign(AT).toUpperCase(),
  ])('is not %j', (header) => expect(verdict(header)).toBe('payment.callback-unsigned'));
});
