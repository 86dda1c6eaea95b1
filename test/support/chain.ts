import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { TestStack } from './stack.ts';

type Settings = Readonly<Record<string, unknown>>;
export type Urls = Awaited<ReturnType<TestStack['urls']>>;

/**
 * One environment that several steps share, in the order in which they are declared. Building an environment takes most of
 * the time of a stack test, and changes one after the other are what environments live through.
 *
 * Declare it within a `describe`: it is removed when all of that is done.
 */
export class Chain {
  #stack: TestStack | undefined;
  #urls: Urls = {};
  /** What the environment was last brought up with; undefined before the first time. */
  #settings: Settings | undefined;

  constructor(name: string) {
    beforeAll(async () => {
      this.#stack = await TestStack.create(name);
    });
    afterAll(() => this.stack.remove());
  }

  get stack(): TestStack {
    if (this.#stack === undefined) throw new Error('the stack exists from beforeAll on');
    return this.#stack;
  }

  /** Connection strings as they were when the step began. */
  get urls(): Urls {
    return this.#urls;
  }

  /**
   * Tests under their own settings. Its last test is an update that must change nothing, so that what a step leaves behind
   * is a failure of that step, and not of the next one.
   *
   * @param settings complete: those of the step before do not remain
   */
  step(title: string, settings: Settings, tests: () => void): void {
    describe(title, () => {
      beforeAll(async () => {
        if (!isDeepStrictEqual(settings, this.#settings)) {
          this.stack.configure(settings);
          await this.stack.up();
        }
        this.#settings = settings;
        this.#urls = await this.stack.urls();
      });
      tests();
      this.unchanged();
    });
  }

  /** Tests that bring the environment up themselves. They leave it up, with these settings. */
  build(title: string, settings: Settings, tests: () => void): void {
    describe(title, () => {
      beforeAll(() => {
        this.stack.configure(settings);
      });
      tests();
      afterAll(() => {
        this.#settings = settings;
      });
      this.unchanged();
    });
  }

  /** The last test of each step: the state, the declaration and what is there are the same. */
  private unchanged(): void {
    it('leaves an environment that an update with a refresh does not change', async () => {
      const output = await this.stack.up('--refresh', '--expect-no-changes');
      expect(output).toContain('unchanged');
    });
  }
}
