import { createServer } from 'node:net';
import { StartupError } from '@adapters/runtime/src/startup-error.js';

/** Fails now, before any engine is started, where the server could not listen later. @throws StartupError */
export function checkPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, host, port)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** The reason why a port cannot be listened on, with what to do about it. */
export function portError({ code, message }: NodeJS.ErrnoException, host: string, port: number): StartupError {
  if (code === 'EADDRINUSE')
    return new StartupError(`Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${port + 1} npm start`);
  if (code === 'EACCES') return new StartupError(`Port ${port} needs more rights than this user has. Choose one from 1024: PORT=3000 npm start`);
  if (code === 'EADDRNOTAVAIL') return new StartupError(`HOST ${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`);
  return new StartupError(`Cannot listen on ${host}:${port}: ${message}`);
}
