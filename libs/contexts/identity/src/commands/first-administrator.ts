import { Injectable } from '@nestjs/common';
import { Refusal } from '@kernel/refusal.js';
import { Users } from './users.js';

/** Sees to it that somebody can administer the shop, before it serves its first request. */
@Injectable()
export class FirstAdministrator {
  constructor(private readonly users: Users) {}

  /**
   * Registers the administrator unless the email is an administrator's already, whose stored password then stays, whatever
   * is given here.
   * @throws Refusal `identity.admin-email-taken` where the email is somebody else's account: they would come into power with a
   *         password that only they know
   */
  async ensure({ email, password }: { email: string; password: string }): Promise<'registered' | 'kept'> {
    const account = await this.users.byEmail(email);
    if (!account) return this.register(email, password);
    // Even one who was deactivated: that was for another administrator to decide, and there is one.
    if (account.roles.includes('admin')) return 'kept';
    throw new Refusal('identity.admin-email-taken', 'conflict', 'The email of the administrator is the account of somebody else: choose another', {
      email,
    });
  }

  private async register(email: string, password: string): Promise<'registered' | 'kept'> {
    try {
      await this.users.register({ email, password, name: 'Administrator', roles: ['admin'] });
      return 'registered';
    } catch (error) {
      // Another process that starts at the same time was first.
      if (error instanceof Refusal && error.code === 'identity.email-taken') return this.ensure({ email, password });
      throw error;
    }
  }
}
