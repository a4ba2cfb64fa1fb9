import { hash } from 'node:crypto';

/** The root: everything. */
const ROOT = '';
/** Longer ones are stood in for by their digest: a search or a cursor can be of thousands of characters. */
const LONGEST_SEGMENT = 80;

const short = (segment: string): string => (segment.length <= LONGEST_SEGMENT ? segment : `#${hash('sha256', segment, 'base64url')}`);

/** A key's place in the tree and those above it, the root first: what any of them is invalidated with takes the key along. */
export function pathOf(key: string): string[] {
  const segments = key.split(':').map(short);
  return [ROOT, ...segments.map((_, index) => segments.slice(0, index + 1).join(':'))];
}

/** The place that a key or a branch (`catalog:list:*`, `*`) names. @throws RangeError for what names none */
export function placeOf(keyOrBranch: string): string {
  const place = keyOrBranch === '*' ? ROOT : keyOrBranch.replace(/:\*$/, '');
  if (keyOrBranch !== '*' && place.split(':').some((segment) => segment === '' || segment.includes('*'))) {
    throw new RangeError('not a key or a branch: segments are parted by ":", and a branch ends in ":*"');
  }
  return place.split(':').map(short).join(':');
}

/** What a key is measured under: its first two segments, which code chooses. */
export const namespaceOf = (key: string): string => key.split(':', 2).join(':');
