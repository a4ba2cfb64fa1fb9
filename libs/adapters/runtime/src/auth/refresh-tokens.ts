import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const SECRET_BYTES = 32;
const FAMILY_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const TOKEN = /^(?<sessionId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?<family>[\w-]{22})[\w-]{43}$/;

/** A refresh token taken apart; only `text` is ever shown to its owner. */
export interface RefreshToken {
  readonly text: string;
  readonly sessionId: string;
  /** The same in every token of one session, and in no other's: who presents it has held a token of this session. */
  readonly family: string;
}

/**
 * Refresh tokens: the session's id, 128 random bits of the family and 256 of the token itself. Only digests are kept. They are plain ones: what
 * is random in such tokens cannot be guessed, so that a slow hash would protect nothing.
 */
@Injectable()
export class RefreshTokens {
  /** The first token of a session, or the next of its family. */
  mint(sessionId: string, family = randomBytes(FAMILY_BYTES).toString('base64url')): RefreshToken {
    return { text: `${sessionId}.${family}${randomBytes(SECRET_BYTES).toString('base64url')}`, sessionId, family };
  }

  /** Null for what is no refresh token. */
  parse(text: string): RefreshToken | null {
    const { sessionId, family } = TOKEN.exec(text)?.groups ?? {};
    return sessionId === undefined || family === undefined ? null : { text, sessionId, family };
  }

  digest({ text }: RefreshToken): string {
    return hash('sha256', text);
  }

  familyDigest({ sessionId, family }: RefreshToken): string {
    return hash('sha256', `${sessionId}.${family}`);
  }

  /** Whether two digests are the same, in a time that does not tell how much of them is. */
  equal(digest: string, kept: string | null): boolean {
    return kept !== null && kept.length === digest.length && timingSafeEqual(Buffer.from(digest), Buffer.from(kept));
  }

  /** The successor as only the holder of its predecessor reads it. */
  seal(successor: RefreshToken, predecessor: RefreshToken): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keyOf(predecessor), iv).setAAD(Buffer.from(predecessor.sessionId));
    const sealed = Buffer.concat([cipher.update(successor.text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** @throws Error for what was sealed under another predecessor, or altered */
  open(sealed: string, predecessor: RefreshToken): RefreshToken {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(predecessor), bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(predecessor.sessionId))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    return { ...predecessor, text };
  }
}

const keyOf = ({ text, sessionId }: RefreshToken): Buffer =>
  Buffer.from(hkdfSync('sha256', text, sessionId, 'nebulocart/refresh-successor/v1', SECRET_BYTES));
