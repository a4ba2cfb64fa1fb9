import type { INestApplicationContext } from '@nestjs/common';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { PricedIn } from '@contexts/catalog/src/read-models/products/priced-in.js';
import { FirstAdministrator, type Administered } from '@contexts/identity/src/commands/first-administrator.js';
import { Refusal } from '@kernel/refusal.js';

/** Sees to it that somebody can administer the shop. @throws StartupError where the email is somebody else's */
export async function ensureAdministrator(
  app: INestApplicationContext,
  admin: { readonly email: string; readonly password: string },
): Promise<Administered> {
  try {
    return await app.get(FirstAdministrator, { strict: false }).ensure({ email: admin.email, password: admin.password });
  } catch (error) {
    throw error instanceof Refusal && error.kind !== 'unavailable' ? new StartupError(`${error.message}: set ADMIN_EMAIL (${admin.email}).`) : error;
  }
}

/** A shop in a currency that none of its products has would compare no price, sell nothing and show no figure. @throws StartupError */
export async function ensureCurrency(app: INestApplicationContext, currency: string, where: string): Promise<void> {
  const priced = await app.get(PricedIn, { strict: false }).currenciesInsteadOf(currency);
  if (priced.length === 0) return;
  throw new StartupError(`SHOP_CURRENCY is ${currency}, but all products of ${where} are priced in ${priced.join(', ')}: set it to ${priced[0]!}.`);
}
