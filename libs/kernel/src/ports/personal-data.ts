import { z } from 'zod';

/** A personal datum under its subject's key (AES-256-GCM, base64 parts). Without the key it cannot be read by anyone. */
export const sealedSchema = z
  .object({
    subject: z.string().describe('Whose datum it is: a pseudonym'),
    iv: z.string().describe('Initialisation vector, base64'),
    tag: z.string().describe('Authentication tag, base64'),
    data: z.string().describe('The sealed datum, base64'),
  })
  .meta({ 'x-personal-data': 'sealed' });
export type Sealed = z.infer<typeof sealedSchema>;

/** Keeps names, emails and addresses out of events: one key a subject, wrapped by a master key. */
export abstract class PersonalData {
  abstract seal(subject: string, plain: string): Promise<Sealed>;
  /** The plain text, or null once the subject's key is destroyed. */
  abstract open(sealed: Sealed): Promise<string | null>;
  /** Keyed hash for finding or comparing a value that must not be stored (an email, a body with a password). Hex. */
  abstract lookupHash(value: string): string;
  /** Destroys the subject's key: what was sealed for it is gone for good. */
  abstract forget(subject: string): Promise<void>;
}
