import { createServer } from 'node:net';
import { StartupError } from '@adapters/runtime/src/startup-error.js';

/** Fails now, before any engine is started, where the server could not listen later. @throws StartupError */
export function checkPort(host: string, port: number, words?: PortWords): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, host, port, words)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** How a port is chosen. */
export interface PortWords {
  /** Of the variables: HOST and PORT with this before them. */
  readonly prefix: 'RPC_' | '';
  /** What is called with them. */
  readonly command: string;
}

/** The reason why a port cannot be listened on, with what to do about it. */
export function portError(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  { prefix, command }: PortWords = { prefix: '', command: ' npm start' },
): StartupError {
  const choose = (other: number): string => `${prefix}PORT=${other}${command}`;
  if (code === 'EADDRINUSE')
    return new StartupError(`Port ${port} is taken by another program. Stop that one, or choose another port: ${choose(port + 1)}`);
  if (code === 'EACCES') return new StartupError(`Port ${port} needs more rights than this user has. Choose one from 1024: ${choose(3000)}`);
  if (code === 'EADDRNOTAVAIL') return new StartupError(`${prefix}HOST ${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`);
  return new StartupError(`Cannot listen on ${host}:${port}: ${message}`);
}
