import type { AuthSettings } from '@adapters/runtime/src/auth/auth-options.js';
import type { EdgeConfig, TokenConfig } from '@adapters/runtime/src/config/sections.js';

/** How an edge tells who is asking; without a private key it verifies only. */
export const authSettings = (config: EdgeConfig & TokenConfig): AuthSettings => ({
  ttlSeconds: config.jwtTtlSeconds,
  sessionSeconds: config.sessionSeconds,
  sessionIdleSeconds: config.sessionIdleSeconds,
  bcryptCost: config.bcryptCost,
  rateLimit: config.rateLimit,
  rateLimits: config.rateLimits,
});
