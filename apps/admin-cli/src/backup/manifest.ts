import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { derive } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { Failure } from '../client/failure.js';

/** Another number is another form of backup, which this release does not read. */
const FORMAT = 1;
const FILE = 'manifest.json';

const count = z.number().int().nonnegative();
const identifier = z.string().regex(/^[a-z_][a-z0-9_]*$/);

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  takenAt: z.iso.datetime(),
  /** Whether commands of sagas were carried out where they were asked for, or travelled to other services. */
  system: z.enum(['embedded', 'cluster']),
  /** Tells the master key from others, and nothing about it. */
  masterKeyCheck: z.string(),
  schemas: z.array(
    z.strictObject({
      name: identifier,
      migrations: z.array(z.string()),
      /** Undefined for what keeps no events. */
      head: z.strictObject({ events: count, position: count, waiting: count }).optional(),
      sequences: z.record(identifier, z.string().regex(/^\d+$/)),
      /** Each after those that it refers to. */
      tables: z.array(
        z.strictObject({
          name: identifier,
          columns: z.array(identifier),
          rows: count,
          file: z.string().regex(/^[a-z_.]+\.copy\.gz$/),
          bytes: count,
          sha256: z.string(),
        }),
      ),
    }),
  ),
});

/** What a backup says of itself. It is written last: a folder without it is no backup. */
export type Manifest = z.output<typeof manifestSchema>;
export type SchemaManifest = Manifest['schemas'][number];
export type TableManifest = SchemaManifest['tables'][number];

const digestOf = (manifest: unknown): string => createHash('sha256').update(JSON.stringify(manifest)).digest('hex');

export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const whole = { format: FORMAT, ...manifest };
  await writeFile(join(folder, FILE), `${JSON.stringify({ ...whole, sha256: digestOf(whole) }, null, 2)}\n`, { mode: 0o600, flush: true });
}

/** @throws Failure where there is none, or it is of another release, or damaged */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => {
    throw new Failure(
      `${folder} holds no backup: it has no ${FILE}, which is written when all the rest is. Name the folder that a backup was made to.`,
    );
  });
  const damaged = new Failure(`${join(folder, FILE)} is damaged: fetch this backup again, or take the one before it.`);
  const [{ sha256, ...manifest }] = [parsed(text, damaged)];
  if (manifest['format'] !== FORMAT && typeof manifest['format'] === 'number')
    throw new Failure(
      `${folder} is a backup of format ${manifest['format']}, and this release reads format ${FORMAT}: restore it with the release that made it.`,
    );
  const { success, data } = manifestSchema.safeParse(manifest);
  if (!success || sha256 !== digestOf(manifest)) throw damaged;
  return data;
}

function parsed(text: string, damaged: Failure): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw damaged;
  }
}

/** Says nothing about the key, nor about those that are derived from it for other purposes. */
export const masterKeyCheck = (masterKey: Buffer): string => derive(masterKey, 'backup-check').toString('hex');
