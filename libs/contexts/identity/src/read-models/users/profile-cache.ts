import { cacheKey, type CacheRule } from '@kernel/ports/cache.js';

/** Only what is sealed, as the events have it: it is opened at each read, with a key that erasure destroys. */
export const PROFILE_SECONDS = 60;

export const profileKey = (userId: string): string => cacheKey('identity', 'profile', userId);

export const profileCacheRule: CacheRule = {
  context: 'identity',
  stale: ({ stream }) => (stream.startsWith('user-') ? [profileKey(stream.slice('user-'.length))] : []),
};
