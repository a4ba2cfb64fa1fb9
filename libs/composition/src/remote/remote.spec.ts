import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { SubjectKeys, type StoredKey } from '@adapters/event-store/src/personal-data/subject-keys.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import { RevocationSource, type Revocation } from '@adapters/event-store/src/tokens/revocation-source.js';
import { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { OperationRecords, type OperationRecord } from '@contexts/identity/src/recorded-operations.js';
import { Refusal } from '@kernel/refusal.js';
import type { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import { Logger } from '@nestjs/common';
import { remoteIdentityPorts, serveIdentityPorts } from './remote-identity-ports.js';
import { RemoteOperations, serveOperations } from './remote-operations.js';

const SECRET = 'a secret of at least thirty-two characters';
const SUBJECT = '0198c0de-0000-7000-8000-000000000001';
const MASTER_KEY = Buffer.alloc(32, 7);
const scope = new AsyncRequestContext();
const ending: (() => unknown)[] = [];
beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A service that answers as it is told to, and a client that asks it. */
async function service(answers: (server: RpcServer) => void): Promise<RpcClient> {
  const server = new RpcServer({ host: '127.0.0.1', port: 0, secret: SECRET, scope });
  answers(server);
  const breakers = new PolicyBreakers();
  const addresses = [`127.0.0.1:${await server.start()}`];
  const client = new RpcClient({ service: 'identity', addresses, secret: SECRET, timeoutMs: 2_000, breakers, scope });
  ending.push(
    () => server.stop(),
    () => client.close(),
    () => breakers.stop(),
  );
  return client;
}

describe('keys and revocations of identity, in another process', () => {
  class Keys extends SubjectKeys {
    readonly stored = new Map<string, StoredKey>();
    asked = 0;
    async find(subject: string): Promise<StoredKey | null> {
      this.asked += 1;
      return this.stored.get(subject) ?? null;
    }
    async keep(subject: string, wrapped: Buffer): Promise<StoredKey> {
      if (!this.stored.has(subject)) this.stored.set(subject, wrapped);
      return this.stored.get(subject)!;
    }
    async destroy(subject: string): Promise<void> {
      this.stored.set(subject, 'destroyed');
    }
  }
  class Source extends RevocationSource {
    readonly rows: Revocation[] = [];
    async since(): Promise<Revocation[]> {
      return this.rows;
    }
    async prune(): Promise<string[]> {
      return [];
    }
  }

  async function elsewhere() {
    const [subjectKeys, revocations] = [new Keys(), new Source()];
    const signingKeys = {} as SigningKeyStore;
    const remote = remoteIdentityPorts(await service((server) => serveIdentityPorts(server, { subjectKeys, signingKeys, revocations })));
    const personalData = new EnvelopePersonalData(remote.subjectKeys, new MasterKeyWrapper(MASTER_KEY), MASTER_KEY);
    const polled = new PolledRevocations({
      source: remote.revocations,
      onUser: (userId) => personalData.drop(userId),
      onError: (error) => {
        throw error;
      },
    });
    return { subjectKeys, revocations, personalData, polled };
  }

  it('open nothing any more once the process has looked for what was revoked', async () => {
    const { subjectKeys, revocations, personalData, polled } = await elsewhere();
    const sealed = await personalData.seal(SUBJECT, 'Zuleika');
    await polled.look();
    expect(await personalData.open(sealed)).toBe('Zuleika');
    // Out of memory: identity was not asked.
    expect(subjectKeys.asked).toBe(0);

    await subjectKeys.destroy(SUBJECT);
    revocations.rows.push({ subject: `user:${SUBJECT}`, at: Date.now() });
    await polled.look();
    expect(await personalData.open(sealed)).toBeNull();
    await expect(personalData.seal(SUBJECT, 'Zuleika')).rejects.toMatchObject({ code: 'personal-data.subject-forgotten' });
  });

  it('are wrapped on their way', async () => {
    const { subjectKeys, personalData } = await elsewhere();
    await personalData.seal(SUBJECT, 'Zuleika');
    const wrapped = subjectKeys.stored.get(SUBJECT) as Buffer;
    expect((await new MasterKeyWrapper(MASTER_KEY).unwrap(SUBJECT, wrapped)).length).toBe(32);
    expect(wrapped.length).toBeGreaterThan(32);
  });
});

describe('what operators do in another process', () => {
  class Kept extends OperationRecords {
    readonly records: OperationRecord[] = [];
    async keep(record: OperationRecord): Promise<void> {
      const version = this.records.filter(({ stream }) => stream === record.stream).length;
      if (version !== record.expectedVersion) throw new Refusal('concurrency.stale-version', 'stale', 'The stream has moved on since it was read');
      this.records.push(record);
    }
  }
  const record: OperationRecord = {
    stream: `operation-${SUBJECT}`,
    expectedVersion: 0,
    data: { operation: 'purge-cache', target: 'catalog:*', outcome: 'begun', code: null },
  };

  it('is recorded once, however often it is sent', async () => {
    const kept = new Kept();
    const operations = new RemoteOperations(await service((server) => serveOperations(server, kept)));
    await operations.keep(record);
    await operations.keep(record);
    expect(kept.records).toEqual([record]);
  });

  it('is recorded nowhere but in a stream of its own', async () => {
    const kept = new Kept();
    const operations = new RemoteOperations(await service((server) => serveOperations(server, kept)));
    await expect(operations.keep({ ...record, stream: `user-${SUBJECT}` })).rejects.toMatchObject({ code: 'service.unavailable' });
    expect(kept.records).toEqual([]);
  });
});
