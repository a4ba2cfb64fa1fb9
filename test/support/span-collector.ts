import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes what is sent by OTLP over HTTP, and keeps its bytes. */
export async function spanCollector() {
  const received: Buffer[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(chunk));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All that came, byte by byte as text: what is a string in protobuf stands in it as it is. */
    text: () => Buffer.concat(received).toString('latin1'),
    close: () => void server.close(),
  };
}
