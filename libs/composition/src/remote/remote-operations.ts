import type { RpcClient } from '@adapters/rpc/src/rpc-client.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import { OperationRecords, type OperationRecord, type RecordedOperations } from '@contexts/identity/src/recorded-operations.js';

const KEEP = 'identity.keep-operation';

/** Has identity record what operators do to this process; a call carries who asked for it. */
export class RemoteOperations extends OperationRecords {
  constructor(private readonly identity: RpcClient) {
    super();
  }

  keep(record: OperationRecord): Promise<void> {
    return this.identity.call<void>(KEEP, record);
  }
}

export const serveOperations = (server: RpcServer, operations: RecordedOperations): void =>
  server.answer<OperationRecord>(KEEP, async (record) => {
    await operations.keep(record);
    return null;
  });
