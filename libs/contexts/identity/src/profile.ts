import { EventStores } from '@kernel/ports/event-store.js';
import type { Sealed } from '@kernel/ports/personal-data.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityEvents, type UserEvent } from './contract/events.js';

const registry = new SchemaRegistry(identityEvents);

/** What a user is called and where mail reaches them, sealed, as the events last said. */
export interface SealedProfile {
  readonly email: Sealed;
  readonly name: Sealed;
}

/** Null for a user whom there never was. */
export async function sealedProfileOf(stores: EventStores, userId: string): Promise<SealedProfile | null> {
  const stored = await stores.store('identity').read(`user-${userId}`);
  const events = stored.map(({ type, version, data }) => ({ type, version, data: registry.upcast(type, version, JSON.parse(data)) }) as UserEvent);
  return events.reduce<SealedProfile | null>((profile, event) => {
    if (event.type === 'identity.UserRegistered') return { email: event.data.email, name: event.data.name };
    if (event.type === 'identity.UserRenamed' && profile) return { ...profile, name: event.data.name };
    if (event.type === 'identity.EmailChanged' && profile) return { ...profile, email: event.data.email };
    return profile;
  }, null);
}
