/** nginx' whole configuration. */
export function renderGateway(options: {
  readonly listen: string;
  readonly tmp: string;
  readonly accessLog?: string;
  readonly services: Readonly<Record<'identity' | 'catalog' | 'ordering' | 'query', readonly string[]>>;
  readonly draining?: readonly string[];
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly rate?: number;
  readonly burst?: number;
}): string;
