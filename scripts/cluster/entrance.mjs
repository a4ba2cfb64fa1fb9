// Whether the gateway will be able to take requests: looked at before anything is started.
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { portProblem } from '../engines/port-holder.mjs';

/** What is wrong with the gateway's port and TLS files, with what to do; undefined where all is well. */
export async function entranceProblem({ host, port, tls }) {
  const problem = await portProblem(port, host);
  if (problem)
    return `Port ${port}, which the gateway is to have, ${problem}: ${problem.startsWith('is taken') ? 'stop that, or ' : ''}choose another --port`;
  return tls && tlsProblem(tls);
}

function tlsProblem({ certificate, key }) {
  const parsed = {};
  for (const [option, file, parse] of [
    ['--tls-certificate', certificate, (pem) => new X509Certificate(pem)],
    ['--tls-key', key, (pem) => createPrivateKey(pem)],
  ]) {
    let pem;
    try {
      pem = readFileSync(file, 'utf8');
    } catch (error) {
      return `${option} must name a file that this user can read, not ${file} (${error.code})`;
    }
    try {
      parsed[option] = parse(pem);
    } catch {
      return `${option} must name a ${option === '--tls-key' ? 'private key without a password' : 'certificate'} in PEM, which ${file} is not`;
    }
  }
  const belongs = parsed['--tls-certificate'].checkPrivateKey(parsed['--tls-key']);
  return belongs ? undefined : `--tls-key ${key} is not the key of --tls-certificate ${certificate}`;
}
