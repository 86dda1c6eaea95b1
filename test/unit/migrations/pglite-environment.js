import { TestEnvironment } from 'jest-environment-node';
import { PGlite } from '@electric-sql/pglite';

/**
 * Node as usual, with PGlite as a global: it imports its own pieces while it runs, which Jest's module
 * system cannot do, so it is loaded outside of it.
 */
export default class PGliteEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.PGlite = PGlite;
  }
}
