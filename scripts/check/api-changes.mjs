// What in a new version of the API's document would break a program written for the old one. Requests may only get wider, answers only narrower.
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Limits that tighten as they grow, and as they shrink. */
const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Forms of which no program can tell which is the wider one. */
const FORMS = ['pattern', 'format', 'const', 'multipleOf', 'uniqueItems'];

const keys = (object) => Object.keys(object ?? {});
const missing = (before, after) => before.filter((each) => !after.includes(each));

/** @returns what is incompatible, a line each: where, and what. */
export function incompatibleChanges(before, after) {
  return keys(before.paths).flatMap((path) =>
    METHODS.filter((method) => before.paths[path][method]).flatMap((method) => {
      const where = `${method.toUpperCase()} ${path}`;
      const operation = after.paths[path]?.[method];
      if (!operation) return [`${where}: is gone`];
      return new Comparison(before, after, where).operations(before.paths[path][method], operation);
    }),
  );
}

/**
 * What somebody who writes by a schema and somebody who reads by it would notice, each in a `[document, schema]` pair: the strictest comparison.
 * @returns what is incompatible, a line each
 */
export function schemaChanges([before, old], [after, now], where, what) {
  const compare = (direction) => new Comparison(before, after, where).schemas(old, now, what, direction);
  return [...new Set([...compare('request'), ...compare('response')])];
}

class Comparison {
  constructor(before, after, where) {
    Object.assign(this, { before, after, where });
    /** Pairs of named schemas on the way here: a schema may hold itself. */
    this.open = new Set();
  }

  operations(before, after) {
    return [
      ...(before.operationId === after.operationId ? [] : [`${this.where}: operationId was ${before.operationId}, is ${after.operationId}`]),
      ...this.callers(before, after),
      ...this.parameters(before.parameters ?? [], after.parameters ?? []),
      ...this.bodies(before.requestBody, after.requestBody),
      ...this.responses(before.responses, after.responses),
    ];
  }

  /** Whoever was let in must still be. */
  callers(before, after) {
    const isPublic = ({ security }) => security?.length === 0;
    if (isPublic(before) && !isPublic(after) && after['x-permission'] === undefined) return [`${this.where}: needs a token, needed none`];
    if (before['x-permission'] === after['x-permission'] || after['x-permission'] === undefined) return [];
    return [`${this.where}: needs ${after['x-permission']}, needed ${before['x-permission'] ?? 'no permission'}`];
  }

  parameters(before, after) {
    const [old, now] = [before, after].map((list, index) => list.map((each) => deref(index === 0 ? this.before : this.after, each)));
    const same = (a) => (b) => a.in === b.in && a.name.toLowerCase() === b.name.toLowerCase();
    const gone = old.filter((each) => !now.some(same(each))).map((each) => `${this.where}: ${each.in} parameter ${each.name} is gone`);
    const changed = now.flatMap((each) => {
      const was = old.find(same(each));
      const where = `${each.in} parameter ${each.name}`;
      if (each.required && !was?.required) return [`${this.where}: ${where} is required now`];
      return was ? this.schemas(was.schema, each.schema, where, 'request') : [];
    });
    return [...gone, ...changed];
  }

  bodies(before, after) {
    if (!before) return after?.required ? [`${this.where}: a body is required now`] : [];
    if (!after) return [`${this.where}: takes no body any more`];
    const required = after.required && !before.required ? [`${this.where}: a body is required now`] : [];
    return [...required, ...this.media(before.content, after.content, 'body', 'request')];
  }

  responses(before, after) {
    return keys(before).flatMap((status) => {
      const where = `answer ${status}`;
      if (!after[status]) return [`${this.where}: ${where} is gone`];
      const [old, now] = [deref(this.before, before[status]), deref(this.after, after[status])];
      const lower = (headers) => keys(headers).map((name) => name.toLowerCase());
      const headers = missing(lower(old.headers), lower(now.headers)).map((name) => `${this.where}: ${where}: header ${name} is gone`);
      return [...headers, ...this.media(old.content, now.content, where, 'response')];
    });
  }

  media(before, after, where, direction) {
    return keys(before).flatMap((type) =>
      after?.[type] ? this.schemas(before[type].schema, after[type].schema, where, direction) : [`${this.where}: ${where}: no ${type} any more`],
    );
  }

  schemas(before, after, where, direction) {
    if (!before || !after) return [];
    const pair = `${before.$ref} ${after.$ref} ${direction}`;
    if (before.$ref && after.$ref) {
      if (this.open.has(pair)) return [];
      this.open.add(pair);
    }
    const [old, now] = [flat(this.before, before), flat(this.after, after)];
    const found = [
      ...this.types(old, now, where, direction),
      ...(direction === 'request' ? this.tightened(old, now, where) : this.loosened(old, now, where)),
      ...this.properties(old, now, where, direction),
      ...this.alternatives(old, now, where, direction),
      ...this.contents(old.items, now.items, `${where}[]`, direction),
      ...this.contents(old.additionalProperties, now.additionalProperties, `${where}.*`, direction),
    ];
    this.open.delete(pair);
    return found;
  }

  types(old, now, where, direction) {
    const [wide, narrow] = direction === 'request' ? [now, old] : [old, now];
    const [allowed, used] = [typesOf(wide), typesOf(narrow)];
    if (allowed.length === 0) return [];
    const fits = (type) => allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
    const ok = used.length > 0 && used.every(fits);
    return ok ? [] : [`${this.where}: ${where}: type was ${typesOf(old).join(' or ') || 'any'}, is ${typesOf(now).join(' or ') || 'any'}`];
  }

  /** What a request may hold no longer. */
  tightened(old, now, where) {
    const say = (what) => `${this.where}: ${where}: ${what}`;
    const values = now.enum
      ? old.enum
        ? missing(old.enum, now.enum).map((value) => say(`no longer takes ${value}`))
        : [say('takes only some values now')]
      : [];
    const limits = [
      ...LEAST.filter((name) => (now[name] ?? -Infinity) > (old[name] ?? (name.startsWith('min') && name !== 'minimum' ? 0 : -Infinity))),
      ...MOST.filter((name) => (now[name] ?? Infinity) < (old[name] ?? Infinity)),
      ...FORMS.filter((name) => now[name] !== undefined && now[name] !== old[name]),
    ].map((name) => say(`${name} was ${old[name] ?? 'none'}, is ${now[name]}`));
    const required = missing(now.required ?? [], old.required ?? []).map((name) => say(`${name} is required now`));
    const closed = now.additionalProperties === false && old.additionalProperties !== false ? [say('refuses unknown properties now')] : [];
    return [...values, ...limits, ...required, ...closed];
  }

  /** What an answer need not hold any more. A new value of an enumeration is for readers to expect. */
  loosened(old, now, where) {
    const say = (what) => `${this.where}: ${where}: ${what}`;
    const present = (old.required ?? []).filter((name) => now.properties?.[name]);
    const forms = ['format', 'const'].filter((name) => old[name] !== undefined && now[name] !== old[name]);
    return [
      ...missing(present, now.required ?? []).map((name) => say(`${name} may be left out now`)),
      ...forms.map((name) => say(`${name} was ${old[name]}, is ${now[name] ?? 'none'}`)),
      ...(old.enum && !now.enum ? [say('any value now')] : []),
    ];
  }

  properties(old, now, where, direction) {
    const before = keys(old.properties);
    const gone = missing(before, keys(now.properties)).map((name) => `${this.where}: ${where}: ${name} is gone`);
    const kept = before.filter((name) => now.properties?.[name]);
    return [...gone, ...kept.flatMap((name) => this.schemas(old.properties[name], now.properties[name], `${where}.${name}`, direction))];
  }

  /** What a list or a map holds: to say nothing of it, or `true`, is to allow anything. */
  contents(old, now, where, direction) {
    if (isSchema(old) && isSchema(now)) return this.schemas(old, now, where, direction);
    const [wide, narrow] = direction === 'request' ? [now, old] : [old, now];
    const fits = !isSchema(wide) || narrow === false;
    return fits ? [] : [`${this.where}: ${where}: ${direction === 'request' ? 'only some values now' : 'any value now'}`];
  }

  /** Alternatives are compared in their order: to put them in another one is told as a change. */
  alternatives(old, now, where, direction) {
    return ['oneOf', 'anyOf'].flatMap((kind) => {
      const [before, after] = [old[kind] ?? [], now[kind] ?? []];
      const fewer = direction === 'request' && after.length > 0 && before.length > after.length;
      const more = direction === 'response' && before.length > 0 && after.length > before.length;
      if (fewer || more) return [`${this.where}: ${where}: had ${before.length} alternatives, has ${after.length}`];
      return before.slice(0, after.length).flatMap((each, index) => this.schemas(each, after[index], `${where}|${index}`, direction));
    });
  }
}

const isSchema = (value) => typeof value === 'object' && value !== null;
const typesOf = ({ type }) => [type ?? []].flat();

function deref(document, value) {
  if (!value?.$ref) return value;
  const [, ...steps] = value.$ref.split('/');
  return deref(
    document,
    steps.reduce((at, step) => at?.[step], document),
  );
}

/** A schema with what it refers to, and with all of `allOf`, in one. */
function flat(document, schema) {
  const { allOf = [], ...own } = deref(document, schema) ?? {};
  return allOf
    .map((each) => flat(document, each))
    .reduce(
      (all, each) => ({
        ...all,
        ...each,
        properties: { ...all.properties, ...each.properties },
        required: [...(all.required ?? []), ...(each.required ?? [])],
      }),
      own,
    );
}
