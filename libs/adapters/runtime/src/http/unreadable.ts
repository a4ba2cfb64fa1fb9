import type { Socket } from 'node:net';
import { problem } from './problem.js';

const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };
const DETAILS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['request.malformed', 'This is no HTTP request'],
  408: ['request.timeout', 'The request did not arrive in time'],
  431: ['request.headers-too-large', 'The request line and the headers together are too long'],
};

/** Answers what Node's parser could not read; there is no request yet, so it is written to the socket as it is. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = STATUS[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problem(status, ...DETAILS[status]!, ''));
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'content-type: application/problem+json',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Whoever did not send in time need not end the connection in time either.
  if (status === 408) socket.destroySoon();
}
