interface Answer {
  readonly at: number;
  readonly ms: number;
  readonly status: number;
  readonly code?: string;
}

interface Asked {
  readonly answers: Answer[];
}

export class Journal {
  open(key: string, kind: string): Asked;
  between(from: number, to: number): { readonly created: number; readonly failed: readonly Answer[] };
}

export function refusedAfterwards(asked: Asked): boolean;
