/** A port by each name: those of the last start, and free ones for what is new or was taken by somebody else since. */
export function keepPorts(dataDir: string, names: readonly string[]): Promise<Record<string, number>>;
