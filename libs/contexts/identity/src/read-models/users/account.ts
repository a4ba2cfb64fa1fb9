import type { StoredEvent } from '@kernel/event.js';
import type { PersonalData, Sealed } from '@kernel/ports/personal-data.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityEvents, type UserEvent } from '../../contract/events.js';

const registry = new SchemaRegistry(identityEvents);

/** A user's events as they are written today. */
export const userEvents = (stored: readonly StoredEvent[]): UserEvent[] =>
  stored.map(({ type, version, data }) => ({ type, version, data: registry.upcast(type, version, JSON.parse(data)) }) as UserEvent);

/** The newest email and name, opened; null where the person was erased. */
export async function personOf(events: readonly UserEvent[], personalData: PersonalData): Promise<{ email: string | null; name: string | null }> {
  const [email, name] = await Promise.all([newest(events, 'email'), newest(events, 'name')].map((sealed) => sealed && personalData.open(sealed)));
  return { email: email ?? null, name: name ?? null };
}

function newest(events: readonly UserEvent[], field: 'email' | 'name'): Sealed | undefined {
  const data = events.map((event): Partial<Record<typeof field, Sealed>> => event.data as object);
  return data.findLast((each) => each[field] !== undefined)?.[field];
}
