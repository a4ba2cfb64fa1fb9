import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { OperationRecords, type OperationRecord } from '@contexts/identity/src/recorded-operations.js';
import { Refusal } from '@kernel/refusal.js';

const KEEP = 'identity.keep-operation';
/** Other streams of identity are none that a service may write to. */
const STREAM = /^operation-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Has identity record what operators do to this process; a call carries who asked for it. */
export class RemoteOperations extends OperationRecords {
  constructor(private readonly identity: RpcClient) {
    super();
  }

  keep(record: OperationRecord): Promise<void> {
    return this.identity.call<void>(KEEP, record);
  }
}

export const serveOperations = (server: RpcServer, operations: Pick<OperationRecords, 'keep'>): void =>
  server.answer<OperationRecord>(KEEP, async (record) => {
    if (!STREAM.test(record.stream)) throw new Error('an operation is recorded in a stream of its own');
    await operations.keep(record).catch(unlessKept);
    return null;
  });

/** Nobody but the one operation writes to its stream: where that has moved on, whoever asks again had not heard that the record was kept. */
function unlessKept(error: unknown): void {
  if (!(error instanceof Refusal && error.code === 'concurrency.stale-version')) throw error;
}
