const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
  ],
};
const project = {
  transform,
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  // The clean-up wraps what files share (signal-exit's emitter) once a file, until the stack overflows.
  testEnvironmentOptions: { globalsCleanup: 'off' },
};

/** `unit`: in memory or in a temp folder. `e2e`: needs the emulator, Terraform, Docker. */
export default {
  // A busy machine is slow; no test is about time.
  testTimeout: 180_000,
  testSequencer: '<rootDir>/test/reporters/long-first.js',
  reporters: ['default', '<rootDir>/test/reporters/closing-line.js'],
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
    },
    {
      ...project,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/support/build-command.js',
      globalTeardown: '<rootDir>/test/e2e/support/remove-command.js',
    },
  ],
};
