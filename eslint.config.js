import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';
import { plinth } from './eslint/index.js';

const sources = [
  'index.ts',
  'plinth.ts',
  '{backup,bootstrap,cli,components,config,exporter,images,lib,observability,provider,rls,tools}/**/*.ts',
];

/** What the platform does not know: the application of the checkout, and the examples. */
const applications = ['app/', 'examples/'];

/** Words of the examples' tables. */
const words = JSON.parse(readFileSync(new URL('examples/words.json', import.meta.url), 'utf8'));

/** Who may import whom, besides itself. */
const arrow = {
  lib: ['config/versions.ts'],
  config: ['lib'],
  rls: ['config', 'lib'],
  backup: ['config', 'lib', 'rls'],
  exporter: ['config', 'lib', 'rls'],
  images: ['config', 'lib'],
  bootstrap: ['config', 'images', 'lib'],
  provider: ['config', 'lib', 'rls', 'bootstrap/image-build.ts', 'bootstrap/image-list.ts'],
  components: [
    'config',
    'lib',
    'rls',
    'backup',
    'exporter',
    'images',
    'provider',
    'bootstrap/image-list.ts',
  ],
  observability: [
    'config',
    'lib',
    'rls',
    'backup',
    'exporter',
    'components',
    'bootstrap/registry-images.ts',
  ],
  cli: [
    'config',
    'lib',
    'rls',
    'backup',
    'exporter',
    'components',
    'images',
    'observability',
    'provider',
    'bootstrap',
  ],
  tools: ['config', 'lib', 'components', 'cli'],
  'plinth.ts': ['rls'],
  app: ['examples', 'plinth.ts'],
  examples: ['plinth.ts'],
  'index.ts': [
    'app',
    'config',
    'rls',
    'components',
    'observability',
    'bootstrap/built-image.ts',
    'bootstrap/image-list.ts',
    'bootstrap/registry-images.ts',
  ],
};

const owned = [
  {
    module: '@pulumi/docker',
    members: ['Container'],
    places: ['components/container/'],
    why: 'make a ServiceContainer, which is hardened, limited and health-checked',
  },
  {
    module: '@pulumi/pulumi',
    members: ['Config', 'runtime.allConfig', 'runtime.getConfig', 'runtime.setConfig'],
    places: ['config/load.ts'],
    why: 'settings are read and checked once, take them as arguments',
  },
  {
    module: '@pulumi/pulumi',
    members: ['getStack', 'getProject'],
    places: ['config/load.ts', 'index.ts'],
    why: 'take the name as an argument',
  },
];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a thing has the same name everywhere.',
};

const insideApply = {
  selector:
    'CallExpression[callee.property.name="apply"] NewExpression[callee.type="MemberExpression"]',
  message:
    'A resource made inside apply is missing from the preview: decide its existence from plain values.',
};

const withoutOptions = {
  selector: 'NewExpression[callee.object.name=/^(docker|postgresql|random)$/][arguments.length<3]',
  message: 'Give the child its options: at least { parent: this }.',
};

export default defineConfig(
  { ignores: ['node_modules/', 'coverage/', '.plinth/', 'test/golden/', 'bootstrap/go/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },

  // Everything in TypeScript, with types.
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { plinth },
    rules: {
      eqeqeq: 'error',
      'no-restricted-imports': [
        'error',
        { paths: builtinModules.map((name) => ({ name, message: `Write node:${name}.` })) },
      ],
      'no-restricted-syntax': ['error', noDefaultExport],
      'plinth/no-output-in-string': 'error',
      'plinth/no-words-of-examples': [
        'error',
        { words, places: [...applications, 'bench/', 'test/'] },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { boolean: true } },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // async makes a method that throws into one that rejects, with or without an await.
      '@typescript-eslint/require-await': 'off',
      // The compiler knows undefined names better.
      'no-undef': 'off',
    },
  },

  // The house.
  {
    files: sources,
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'plinth/imports-follow-the-arrow': ['error', arrow],
      'plinth/only-in': ['error', ...owned],
      'plinth/no-args-in-super': 'error',
      'plinth/register-outputs-last': 'error',
    },
  },
  {
    files: ['{components,observability,rls,config,cli}/**/*.ts'],
    ignores: ['config/load.ts'],
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport, insideApply, withoutOptions],
      'plinth/pure-or-resource': ['error', { always: ['rls/', 'config/', 'lib/'] }],
    },
  },
  {
    // Puts outputs together and makes no resource: the edge where values leave the program.
    files: ['components/outputs.ts'],
    rules: { 'plinth/pure-or-resource': 'off' },
  },
  {
    files: ['index.ts'],
    rules: { 'max-lines': ['error', { max: 60 }] },
  },

  {
    // An application sees of the platform what plinth.ts shows.
    files: ['{app,examples}/**/*.ts'],
    rules: { 'plinth/imports-follow-the-arrow': ['error', arrow] },
  },

  // Jest's matchers and mocks are loosely typed on purpose.
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
