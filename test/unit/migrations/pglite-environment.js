import { TestEnvironment } from 'jest-environment-node';
import { emptyServer } from '../../support/empty-server.ts';

/**
 * Node as usual, with PGlite as a global: it imports its own pieces while it runs, which Jest's module
 * system cannot do, so it is loaded outside of it. `PGlite.create()` is an empty server.
 */
export default class PGliteEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.PGlite = { create: emptyServer };
  }
}
