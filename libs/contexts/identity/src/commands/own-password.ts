import { Injectable } from '@nestjs/common';
import { Passwords, SignInLockout } from '@adapters/runtime/src/auth/index.js';
import { Refusal } from '@kernel/refusal.js';
import { Accounts } from './accounts.js';

/** Asks the signed-in for their password again, before what a stolen access token alone must not be able to do. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly lockout: SignInLockout,
  ) {}

  /**
   * Counts as an attempt to sign in, or a stolen token could be used to guess the password.
   * @throws Refusal `identity.password-wrong`, `identity.sign-in-locked`, `identity.user-not-found`
   */
  async verify(userId: string, password: string, address: string): Promise<void> {
    const attempt = await this.lockout.attempt(`user ${userId}`, address);
    const account = await this.accounts.byId(userId);
    if (!account) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    if (!(await this.passwords.matches(password, account.passwordHash)))
      throw new Refusal('identity.password-wrong', 'forbidden', 'The current password is not right');
    await attempt.succeeded();
  }
}
