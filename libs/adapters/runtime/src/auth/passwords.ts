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
   * True when the password is the one behind the hash. Null stands for an account that does not exist: it costs as much, so that the answer's
   * delay does not tell which emails have an account. So does a hash from before the cost was raised; one of a cost that was lowered since costs more.
   */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const possible = hash !== null && fitsBcrypt(password);
    const compared = possible ? hash : this.nobodysHash;
    const equal = await bcrypt.compare(bytesOf(password), compared);
    // A step in cost is twice the work: all steps from the lower one up, and the lower one once more, are the work of the higher.
    for (let cost = bcrypt.getRounds(compared); cost < this.options.bcryptCost; cost++) await bcrypt.compare(bytesOf(password), this.nobodysAt(cost));
    return equal && possible;
  }

  /** Whether the password behind the hash should be hashed anew, as soon as somebody shows it: the cost has been raised since. */
  isOutdated(hash: string): boolean {
    return bcrypt.getRounds(hash) < this.options.bcryptCost;
  }

  /** Compares as long as any hash of this cost, and equal to no password. */
  private nobodysAt(cost: number): string {
    return this.nobodysHash.replace(/^(\$2[aby]\$)\d\d/, `$1${cost}`);
  }
}
