/** In words: `java -Xmx512m … (process 1603)`; `another program` where the system does not tell. */
export function holderOf(port: number): string;

/** Why a port cannot be listened on, to follow its number; undefined where it can. */
export function portProblem(port: number, host: string): Promise<string | undefined>;
