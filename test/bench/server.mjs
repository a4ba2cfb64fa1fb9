import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { connectStores, scratch } from './engines.mjs';
import { seedOrders } from './orders.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const START_MS = 120_000;
const PASSWORD = 'correct horse battery';
const ADMIN = { email: 'admin@shop.example', password: PASSWORD };
const SETTINGS = { PORT: '0', DEMO: 'false', RATE_LIMIT: 'off', ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: PASSWORD, LOG_FORMAT: 'json' };

/** The whole server in a process of its own as `npm start` starts it, empty and without limits, on throw-away data. */
export async function startShop({ follow }) {
  const directory = scratch();
  const environment = { ...process.env, ...SETTINGS, DATA_DIR: directory.path };
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs')], { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await readyUrl(child);
  const [postmaster, , , port] = readFileSync(join(directory.path, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n');
  const password = readFileSync(join(directory.path, 'secrets', 'postgres-password'), 'utf8').trim();
  follow(Number(postmaster));
  return {
    url,
    environment,
    pid: child.pid,
    postmaster: Number(postmaster),
    databaseUrl: `postgres://nebulocart:${encodeURIComponent(password)}@127.0.0.1:${port}/nebulocart`,
    stop: async () => {
      await end(child);
      directory.remove();
    },
  };
}

/** Puts so many events more into a running shop, behind its API, and waits until its read models show them all. */
export async function growShop({ url, databaseUrl }, events) {
  const stores = await connectStores(databaseUrl);
  try {
    await seedOrders(stores, events, 7);
  } finally {
    await stores.close();
  }
  for (let behind = true; behind; await pause(200)) {
    const { watermarks } = await (await fetch(`${url}/readyz`)).json();
    behind = watermarks.ordering.position < events || watermarks.ordering.position < watermarks.ordering.head;
  }
}

export async function end(child) {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** The address in the line that a server logs when it is ready. */
export function readyUrl(child) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (why) => {
      child.kill('SIGKILL');
      reject(new Error(`the server ${why}\n${printed.slice(-4_000)}`));
    };
    const timer = setTimeout(() => fail('was not ready in time'), START_MS);
    const early = (code) => fail(`ended with ${code} before it was ready`);
    child.once('exit', early);
    child.stderr.on('data', (text) => (printed += text));
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed = `${printed}${line}\n`.slice(-20_000);
      if (!line.includes('"msg":"ready"')) return;
      clearTimeout(timer);
      child.off('exit', early);
      resolve(JSON.parse(line).url);
    });
  });
}

/** Talks to a shop as its administrator and as customers. */
export class Client {
  constructor(url, admin = ADMIN) {
    this.url = url;
    this.admin = admin;
  }

  /** @throws Error for any answer but 2xx, with what it says */
  async request(method, path, { token, body, headers = {} } = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return { headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  /** An access token, good for a quarter of an hour. */
  async signIn(account = this.admin) {
    return (await this.request('POST', '/api/v1/auth/login', { body: account })).body.accessToken;
  }

  /** Registers a customer; what to sign in with. */
  async customer(name = 'customer') {
    const account = { email: `${name}@shop.example`, password: PASSWORD };
    await this.request('POST', '/api/v1/auth/register', { body: { ...account, name } });
    return account;
  }

  /** Gives a customer the administrator's role. */
  async makeAdministrator({ email }) {
    const token = await this.signIn();
    const { body } = await this.request('POST', '/api/v1/users/lookup', { token, body: { email } });
    await this.request('POST', `/api/v1/users/${body.id}/roles`, { token, body: { roles: ['admin'] } });
  }

  /** Makes products that orders can name, with more stock than any part sells; their SKUs. */
  async products(count) {
    const token = await this.signIn();
    const skus = Array.from({ length: count }, (_, index) => `SKU-${index}`);
    for (const [index, sku] of skus.entries()) {
      const body = { sku, name: `Product ${index}`, category: 'Things', price: { amount: `${1 + (index % 9)}.55`, currency: 'GBP' } };
      await this.request('POST', '/api/v1/products', { token, body });
      await this.request('POST', `/api/v1/products/${sku}/stock`, { token, body: { quantity: 1_000_000, reason: 'received' } });
    }
    return skus;
  }
}
