/** What is wrong with the gateway's port and TLS files, with what to do; undefined where all is well. */
export function entranceProblem(options: {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
}): Promise<string | undefined>;
