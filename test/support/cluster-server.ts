import { readFileSync } from 'node:fs';
import type { TestServer } from '@testing/server.js';
import type { Cluster } from '../../scripts/cluster/cluster.mjs';

/** A cluster as its clients see it: one server, and its administrator. */
export const serverOf = (cluster: Cluster): TestServer =>
  ({
    url: cluster.url,
    adminEmail: 'admin@nebulocart.example',
    adminPassword: readFileSync(cluster.secretFile('admin-password'), 'utf8').trim(),
  }) as TestServer;
