interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
}

export function againstReturns(orders: readonly Told[], stock: readonly Told[], workflows: readonly Workflow[]): string[];
