import { decide, evolve } from '@kernel/decider.js';
import { signingKeys, type RotateSigningKey } from './signing-keys.js';

const rotate = (at: string, signsFrom: string): RotateSigningKey => ({
  type: 'RotateSigningKey',
  data: { kid: 'new', replaced: ['old'], signsFrom, at },
});
const first = rotate('2026-11-01T10:00:00.000Z', '2026-11-01T10:01:30.000Z');

it('tells which key follows which, and from when on', () =>
  expect(decide(signingKeys, first, signingKeys.initial)).toEqual([
    { type: 'identity.SigningKeyRotated', version: 1, data: { kid: 'new', replaced: ['old'], signsFrom: '2026-11-01T10:01:30.000Z' } },
  ]));

it('is not rotated while the key before does not sign yet', () => {
  const state = evolve(signingKeys, decide(signingKeys, first, signingKeys.initial));
  const next = (at: string) => decide(signingKeys, rotate(at, '2026-11-01T11:00:00.000Z'), state);
  expect(() => next('2026-11-01T10:01:29.999Z')).toThrow(expect.objectContaining({ code: 'identity.rotation-pending', kind: 'conflict' }));
  expect(next('2026-11-01T10:01:30.000Z')).toHaveLength(1);
});
