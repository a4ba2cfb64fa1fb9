export function reachOf(faults: readonly { readonly recovery: string }[]): number | undefined;
