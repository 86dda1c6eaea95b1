import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { baseCheckout, sharePackages } from '../../../bench/support/base-checkout.ts';
import { run } from '../../../lib/process.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const worktrees = async () => (await run('git', ['worktree', 'list'], { cwd: PROJECT })).stdout;

describe('a checkout of another commit', () => {
  it('holds its files beside this checkout, and leaves nothing behind', async () => {
    const base = await baseCheckout('HEAD');
    try {
      expect(base.commit).toMatch(/^[0-9a-f]{40}$/);
      expect(
        JSON.parse(readFileSync(path.join(base.folder, 'package.json'), 'utf8')),
      ).toMatchObject({ name: 'plinth' });
      expect(await worktrees()).toContain(base.folder);
      expect(existsSync(path.join(base.folder, 'node_modules'))).toBe(false);
      expect(sharePackages(base.folder)).toBe(
        existsSync(path.join(base.folder, 'node_modules/pg')),
      );
    } finally {
      await base.remove();
    }
    expect(existsSync(path.dirname(base.folder))).toBe(false);
    expect(await worktrees()).not.toContain(base.folder);
  });

  it('says what to do when the commit is not here', async () => {
    await expect(baseCheckout('0'.repeat(40))).rejects.toThrow(
      `this checkout does not have the commit ${'0'.repeat(40)}: fetch the whole history, or name another commit with --base`,
    );
  });
});
