export interface KeptSecrets {
  file(name: string): string;
  read(name: string): string;
  write(name: string, text: string): string;
  make(): void;
}
export function keepSecrets(folder: string, mode?: number): KeptSecrets;
export function writeDatabaseUrls(secrets: KeptSecrets, addressOf: (context: string) => string): void;
