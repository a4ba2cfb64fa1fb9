/** Made when it is first asked for. */
let codes: ReadonlySet<string> | undefined;

/** True for an ISO 4217 code: three letters that name no currency are a slip, which would be found in no price list and no report. */
export const isCurrency = (code: string): boolean => (codes ??= new Set(Intl.supportedValuesOf('currency'))).has(code);
