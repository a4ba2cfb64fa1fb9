import { Injectable, Logger } from '@nestjs/common';
import { Refusal } from '@kernel/refusal.js';
import { ADMIN } from '../contract/roles.js';
import { Users } from './users.js';

/**
 * Who administers the shop after its start: the account that the start has `registered`, the one of that email, which it has `kept` as it was,
 * or others, whom the start was told nothing of.
 */
export type Administered = 'registered' | 'kept' | 'by-others';

/** Sees to it that somebody can administer the shop, before it serves its first request. */
@Injectable()
export class FirstAdministrator {
  private readonly logger = new Logger(FirstAdministrator.name);

  constructor(private readonly users: Users) {}

  /**
   * Registers the administrator where the shop has none. Where it has one, all stays as it is, whatever is given here: the email may be
   * anybody's by then, or nobody's because its administrator gave it up together with the password.
   * @throws Refusal `identity.admin-email-taken` where the email is somebody else's account: they would come into power with a
   *         password that only they know
   */
  async ensure({ email, password }: { email: string; password: string }): Promise<Administered> {
    const [isAdministered, account] = await Promise.all([this.users.isAdministered(), this.users.byEmail(email)]);
    const isItsOwn = account?.roles.includes(ADMIN) ?? false;
    if (isAdministered && !(isItsOwn && account?.status === 'active')) {
      this.logger.warn('ADMIN_EMAIL is no active administrator of this shop: it has others, and they stay');
      return 'by-others';
    }
    if (isItsOwn) return 'kept';
    if (!account) return this.register(email, password);
    throw new Refusal('identity.admin-email-taken', 'conflict', 'The email of the administrator is the account of somebody else: choose another', {
      email,
    });
  }

  private async register(email: string, password: string): Promise<Administered> {
    try {
      await this.users.register({ email, password, name: 'Administrator', roles: [ADMIN] }, 'the shop');
      return 'registered';
    } catch (error) {
      // Another process that starts at the same time was first.
      if (error instanceof Refusal && error.code === 'identity.email-taken') return this.ensure({ email, password });
      throw error;
    }
  }
}
