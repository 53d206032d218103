const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
  ],
};
const project = { transform, extensionsToTreatAsEsm: ['.ts'], testEnvironment: 'node' };

/** `unit`: in memory or in a temp folder. `e2e`: needs the emulator, Terraform, Docker. */
export default {
  reporters: ['default', '<rootDir>/test/reporters/closing-line.js'],
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
    },
    { ...project, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
  ],
};
