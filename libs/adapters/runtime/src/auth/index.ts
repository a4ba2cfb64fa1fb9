export { AuthModule } from './auth.module.js';
export { AuthOptions } from './auth-options.js';
export { CurrentPrincipal, Public, RequirePermission } from './declarations.js';
export { LimitSignIns, Unlimited } from './rate-limit.js';
export { fitsBcrypt, PASSWORD_MAX_BYTES, PASSWORD_MIN_BYTES } from './password-rule.js';
export { Passwords } from './passwords.js';
export { TokenIssuer, type IssuedToken } from './token-issuer.js';
