import { randomBytes } from 'node:crypto';
import { BoundedTexts } from './bounded-texts.js';
import { pathOf, placeOf } from './paths.js';
import { type RedisClient, type RedisConnection } from './redis.js';

/** What a key's value must have been stored under to count now. */
export interface Stamp {
  readonly text: string;
  /** True where every process sees the same one, in Redis. */
  readonly isShared: boolean;
}

const EPOCH = 'nebulocart:cache:epoch:';
const SEEN = 'nebulocart:cache:seen:';
/** Longer than any value is kept; one that is gone is made anew, which only costs what was kept under it. */
const EPOCH_SECONDS = 86_400;
/** Longer than the slowest process takes to follow the log. */
const SEEN_SECONDS = 900;
const MOST_LOCAL_CHARACTERS = 4_000_000;

/** Reads epochs and makes those that are missing: KEYS epochs, ARGV 1 a new one's value, 2 its life in seconds. */
const READ_OR_MAKE = `
local found = {}
for index, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1], 'NX', 'EX', ARGV[2])
  found[index] = redis.call('GET', key)
end
return found`;

/**
 * Renews epochs unless all the events that ask for it were seen before: KEYS the events' marks, then the epochs; ARGV 1 how many marks,
 * 2 the new value, 3 its life, 4 the marks' life in seconds.
 */
const RENEW = `
local marks = tonumber(ARGV[1])
local isNew = marks == 0
for index = 1, marks do
  if redis.call('SET', KEYS[index], '1', 'NX', 'EX', ARGV[4]) then isNew = true end
end
if not isNew then return 0 end
for index = marks + 1, #KEYS do redis.call('SET', KEYS[index], ARGV[2], 'EX', ARGV[3]) end
return 1`;

const newEpoch = (): string => randomBytes(9).toString('base64url');

/**
 * An epoch for every place of the tree of keys. A value is kept under the epochs of its whole path, so that renewing one forgets all that lies
 * below it at once, in every process, and what a load brings that began before is kept where nobody looks any more. Epochs are random: a Redis
 * that comes back with an old state never counts up to one that was used before.
 */
export class Epochs {
  private readonly local = new BoundedTexts(MOST_LOCAL_CHARACTERS);

  constructor(private readonly redis: RedisConnection) {
    // Invalidations that were lost while it was away, and those of processes that died, are made up for by forgetting everything.
    redis.beforeUp(async (client) => {
      this.local.clear();
      await client.set(EPOCH, newEpoch(), { expiration: { type: 'EX', value: EPOCH_SECONDS } });
    });
  }

  /** To be asked for before a load begins. */
  async stamp(key: string): Promise<Stamp> {
    const path = pathOf(key);
    if (this.redis.status === 'up') {
      try {
        return { text: (await this.redis.run((client) => shared(client, path))).join('.'), isShared: true };
      } catch {
        // Away: this process' own epochs count until it is back.
      }
    }
    return { text: `local.${path.map((place) => this.localEpoch(place)).join('.')}`, isShared: false };
  }

  /**
   * Renews the epochs of places, here at once and then in Redis. Never rejects: what Redis could not be told is told to the connection.
   * @param eventIds what asks for it: in Redis it is done once for an event, however many processes ask
   */
  async renew(keysOrBranches: readonly string[], eventIds: readonly string[] = []): Promise<void> {
    const places = [...new Set(keysOrBranches.map(placeOf))];
    if (places.length === 0) return;
    for (const place of places) this.local.set(place, newEpoch());
    if (this.redis.status === 'off') return;
    const keys = [...eventIds.map((id) => SEEN + id), ...places.map((place) => EPOCH + place)];
    const values = [String(eventIds.length), newEpoch(), String(EPOCH_SECONDS), String(SEEN_SECONDS)];
    try {
      await this.redis.run((client) => client.eval(RENEW, { keys, arguments: values }));
    } catch {
      this.redis.missed();
    }
  }

  private localEpoch(place: string): string {
    let epoch = this.local.get(place);
    if (epoch === undefined) this.local.set(place, (epoch = newEpoch()));
    return epoch;
  }
}

async function shared(client: RedisClient, path: readonly string[]): Promise<string[]> {
  const keys = path.map((place) => EPOCH + place);
  const found = await client.mGet(keys);
  if (found.every((epoch) => epoch !== null)) return found;
  return (await client.eval(READ_OR_MAKE, { keys, arguments: [newEpoch(), String(EPOCH_SECONDS)] })) as string[];
}
