/** What a caller's environment may say to the roles. */
export const PASSED_ON: readonly string[];
export const DEFAULT_SCALE: Readonly<Record<string, number>>;
export function scaleOf(wishes?: Readonly<Record<string, number>>): Record<string, number>;
export function portNames(scale: Readonly<Record<string, number>>, isLinked?: boolean): string[];
export function kafkaUsers(scale: Readonly<Record<string, number>>): string[];
export function linksOf(scale: Readonly<Record<string, number>>): { readonly from: string; readonly to: string }[];

export interface Role {
  readonly name: string;
  readonly service: string;
  readonly port: number;
  readonly entrance: string | undefined;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function rolesOf(parts: {
  readonly scale: Readonly<Record<string, number>>;
  readonly ports: Readonly<Record<string, number>>;
  readonly secretFile: (name: string, of: string) => string;
  readonly portOf?: (from: string, to: string) => number;
  readonly environment: Readonly<Record<string, string>>;
}): Role[];

export function gatewayServices(roles: readonly Role[]): Record<'identity' | 'catalog' | 'ordering' | 'query', string[]>;

/** What Prometheus reads with `file_sd_configs`: where each process tells its metrics. */
export function metricsTargets(roles: readonly Role[]): { targets: string[]; labels: { service: string; process: string } }[];
