import type { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import type { SubjectKeys } from '@adapters/event-store/src/personal-data/subject-keys.js';
import { PostgresSigningKeys } from '@adapters/event-store/src/tokens/postgres-signing-keys.js';
import { PostgresRevocations, type RevocationSource } from '@adapters/event-store/src/tokens/revocation-source.js';
import type { SigningKeyStore } from '@kernel/ports/signing-keys.js';

/** What identity keeps and every edge needs: who may still come in, and by which keys personal data opens. */
export interface IdentityPorts {
  readonly subjectKeys: SubjectKeys;
  readonly signingKeys: SigningKeyStore;
  readonly revocations: RevocationSource;
}

/** Answered from identity's own database. */
export const identityPorts = (database: ContextDatabase, masterKey: Buffer): IdentityPorts => ({
  subjectKeys: new PostgresSubjectKeys(database),
  signingKeys: new PostgresSigningKeys(database, new MasterKeyWrapper(masterKey)),
  revocations: new PostgresRevocations(database),
});
