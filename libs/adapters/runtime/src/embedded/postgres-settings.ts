/**
 * Settings of the embedded Postgres: many small durable appends on one machine, nothing replicated. Durability stays as Postgres
 * ships it (fsync, synchronous_commit, full_page_writes): an answered 201 survives a power cut.
 */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '100',
  shared_buffers: '128MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_buffers: '16MB',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  effective_cache_size: '1GB',
  maintenance_work_mem: '64MB',
  jit: 'off',
  // The outbox turns over constantly; its dead rows slow every poll until they are gone.
  autovacuum_naptime: '10s',
  autovacuum_vacuum_cost_delay: '1ms',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};
