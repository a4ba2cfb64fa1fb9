import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { AuthOptions } from './auth-options.js';
import { bytesOf, fitsBcrypt } from './password-rule.js';

/** Hashes and compares passwords with bcrypt, on the thread pool. */
@Injectable()
export class Passwords implements OnModuleInit {
  private nobodysHash: string;

  constructor(private readonly options: AuthOptions) {}

  async onModuleInit(): Promise<void> {
    this.nobodysHash = await bcrypt.hash(randomBytes(32), this.options.bcryptCost);
  }

  /** @throws RangeError for a password that `fitsBcrypt` rejects */
  async hash(password: string): Promise<string> {
    if (!fitsBcrypt(password)) throw new RangeError('the password does not fit bcrypt');
    return bcrypt.hash(bytesOf(password), this.options.bcryptCost);
  }

  /**
   * True when the password is the one behind the hash. Null stands for an account that does not exist: it costs one
   * comparison too, so that the answer's delay does not tell which emails have an account.
   */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const possible = hash !== null && fitsBcrypt(password);
    const equal = await bcrypt.compare(bytesOf(password), possible ? hash : this.nobodysHash);
    return equal && possible;
  }
}
