const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
};

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/migrations', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    '^@api-client/(.*)\\.js$': '<rootDir>/libs/api-client/src/$1',
    '^@kernel/(.*)\\.js$': '<rootDir>/libs/kernel/src/$1',
    '^@contexts/(.*)\\.js$': '<rootDir>/libs/contexts/$1',
    '^@composition/(.*)\\.js$': '<rootDir>/libs/composition/src/$1',
    '^@adapters/(.*)\\.js$': '<rootDir>/libs/adapters/$1',
    '^@demo/(.*)\\.js$': '<rootDir>/libs/demo/src/$1',
    '^@testing/(.*)\\.js$': '<rootDir>/libs/testing/src/$1',
    '^@migrations/(.*)\\.js$': '<rootDir>/migrations/$1',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  setupFiles: ['<rootDir>/test/support/setup-esm.mjs'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testTimeout: 60_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts', '!libs/api-client/**', 'migrations/**/*.ts', '!**/main.ts', '!**/*.spec.ts'],
  coverageDirectory: 'coverage',
};
