// Puts the variables into nginx.conf.template, as the entry point of nginx's image does with those of docker-compose.yml.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEMPLATE = join(import.meta.dirname, 'nginx.conf.template');

/** A server that refuses connections is left out for a while, unless there is no other. */
const servers = (addresses, draining) =>
  addresses.map((address) => `server ${address} ${draining.includes(address) ? 'down' : 'max_fails=1 fail_timeout=2s'};`).join('\n    ');

/**
 * nginx' whole configuration.
 * @param {object} options
 * @param {string} options.listen an address with its port, or a port
 * @param {string} options.tmp an absolute folder that nginx' workers can enter
 * @param {string} [options.accessLog] a file
 * @param {Record<'identity' | 'catalog' | 'ordering' | 'query', string[]>} options.services host:port of each process
 * @param {string[]} [options.draining] addresses among those that get no new requests
 * @param {{ certificate: string, key: string }} [options.tls] PEM files; without them it speaks plain HTTP
 * @param {number} [options.rate] requests a second of one address
 * @param {number} [options.burst] requests over that rate that pass at once
 */
export function renderGateway({ listen, tmp, accessLog, services, draining = [], tls, rate = 500, burst = 1_000 }) {
  const values = {
    GATEWAY_WORKERS: 'auto',
    GATEWAY_TMP: tmp,
    GATEWAY_ACCESS_LOG: accessLog ? `${accessLog} access` : 'off',
    GATEWAY_REAL_IP: '',
    GATEWAY_RESOLVER: '',
    GATEWAY_RATE: rate,
    GATEWAY_BURST: burst,
    GATEWAY_LISTEN: tls ? `${listen} ssl` : listen,
    GATEWAY_TLS: tls ? `ssl_certificate ${tls.certificate};\n    ssl_certificate_key ${tls.key};\n    ssl_protocols TLSv1.2 TLSv1.3;` : '',
    GATEWAY_IDENTITY: servers(services.identity, draining),
    GATEWAY_CATALOG: servers(services.catalog, draining),
    GATEWAY_ORDERING: servers(services.ordering, draining),
    GATEWAY_QUERY: servers(services.query, draining),
  };
  return readFileSync(TEMPLATE, 'utf8').replaceAll(/\$\{(GATEWAY_\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`${TEMPLATE} wants ${name}, which nobody gives`);
    return String(values[name]);
  });
}
