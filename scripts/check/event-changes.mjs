// What in a new version of the events' document would break a reader or a writer of the old one. Events that were stored stay as they are, and are read
// by programs that were written for either document: what is released may get wider by optional fields and new values only.
import { schemaChanges } from './api-changes.mjs';

const keys = (object) => Object.keys(object ?? {});

/** @returns what is incompatible, a line each: where, and what. */
export function incompatibleEvents(before, after) {
  return keys(before.channels).flatMap((topic) => {
    const [was, is] = [before.channels[topic], after.channels[topic]];
    if (!is) return [`${topic}: is gone`];
    const moved = was.address === is.address ? [] : [`${topic}: address was ${was.address}, is ${is.address}`];
    return [...moved, ...keys(was.messages).flatMap((name) => changesOf(before, after, topic, name))];
  });
}

function changesOf(before, after, topic, name) {
  const [was, is] = [before, after].map(({ channels, components }) => channels[topic].messages[name] && components.messages[name]);
  const where = `${topic}: ${name}`;
  if (!is) return [`${where}: is gone`];
  const told = ['name', 'contentType', 'x-stream', 'x-version']
    .filter((what) => was[what] !== is[what])
    .map((what) => `${where}: ${what.replace('x-', '')} was ${was[what]}, is ${is[what]}`);
  return [
    ...told,
    ...schemaChanges([before, was.headers], [after, is.headers], where, 'headers'),
    ...schemaChanges([before, was.payload], [after, is.payload], where, 'payload'),
  ];
}
