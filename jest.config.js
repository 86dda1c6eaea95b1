// Two projects. `unit` needs nothing but Node and is done in seconds; `stack` brings up real
// environments with Docker and Pulumi, so its tests run one after the other and may take minutes.
//
//   jest --selectProjects unit
//   jest --selectProjects stack

/** The sources are ES modules with types; Jest runs them as CommonJS, import.meta included. */
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!@scure/)'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/\\.plinth/', '<rootDir>/coverage/'],
  restoreMocks: true,
};

// Stack tests share ports and the machine's memory: one at a time, unless only `unit` was asked for.
const selected = process.argv.slice(process.argv.indexOf('--selectProjects') + 1);
const unitOnly = process.argv.includes('--selectProjects') && !selected.includes('stack');

export default {
  testSequencer: '<rootDir>/test/sequencer.js',
  maxWorkers: unitOnly ? '100%' : 1,
  coverageDirectory: 'coverage',
  collectCoverageFrom: [
    '{backup,bootstrap,cli,components,config,exporter,lib,observability,provider,rls}/**/*.ts',
  ],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/{unit,components}/**/*.test.ts'],
      // Programs of images run on Linux alone.
      testPathIgnorePatterns: [
        '/node_modules/',
        ...(process.platform === 'linux' ? [] : ['<rootDir>/test/unit/services/']),
      ],
      setupFilesAfterEnv: ['<rootDir>/test/support/unit-timeout.ts'],
    },
    {
      ...shared,
      displayName: 'stack',
      testMatch: ['<rootDir>/test/stack/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/stack-timeout.ts'],
    },
  ],
};
