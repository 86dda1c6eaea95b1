import { RuleTester } from 'eslint';
import path from 'node:path';
import tseslint from 'typescript-eslint';

const root = path.join(import.meta.dirname, '../../..');

/** Runs a rule over TypeScript without types. */
export const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });

/** Runs a rule over TypeScript with types; each case is a file of its own. */
export const typedTester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: {
      projectService: { allowDefaultProject: ['case.ts'], defaultProject: 'tsconfig.json' },
      tsconfigRootDir: root,
    },
  },
});

/** The full name of a file of the checkout, as the linter passes it to rules. */
export const at = (file: string): string => path.join(root, file);
