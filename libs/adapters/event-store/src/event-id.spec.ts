import { validate, version } from 'uuid';
import { eventId } from './event-id.js';

describe('the id of an event', () => {
  it('is a UUID of version 7 and of its own', () => {
    const ids = Array.from({ length: 1_000 }, eventId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  });

  it('begins with the time', () => {
    const before = Date.now();
    const time = parseInt(eventId().replaceAll('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });
});
