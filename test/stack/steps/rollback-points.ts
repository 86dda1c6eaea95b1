/** Before the server is replaced there is a backup, or the server is not replaced. */
import { expect, it } from '@jest/globals';
import type { Chain } from '../../support/chain.ts';
import { docker } from '../../support/stack.ts';

export const rollbackSettings = (workMem: string) => ({
  'plinth:postgres': { workMem },
  'plinth:backup': { rollbackPoints: true },
});

/** Of an environment that has them from its first moment. */
export const rollbackPoints = (chain: Chain): void => {
  const startedAt = () =>
    docker('inspect', '-f', '{{.State.StartedAt}}', chain.stack.container('postgres'));
  const labels = async () => {
    const said = await docker(
      'exec',
      chain.stack.container('backup'),
      'plinth-backup',
      'list',
      '--json',
    );
    const backups = JSON.parse(said) as { label: string | null }[];
    return backups.map(({ label }) => label).filter((label) => label !== null);
  };

  it('has nothing to save the first time', async () => {
    expect(await labels()).toEqual([]);
  });

  it('says in its preview that a backup comes first, and because of what', async () => {
    chain.stack.configure(rollbackSettings('3MiB'));
    expect(await chain.stack.expect('preview', '--diff')).toContain(
      'a backup called before-server is taken first, because of new settings of the server',
    );
  });

  it('does not happen where the backup fails', async () => {
    const before = await startedAt();
    await docker(
      ...['exec', chain.stack.container('backup')],
      ...['chmod', '500', '/var/lib/backup', '/var/lib/backup/logical'],
    );
    const { code, output } = await chain.stack.pulumi('up', '--yes', '--skip-preview');
    expect(code).not.toBe(0);
    expect(output).toContain('no backup could be taken before ');
    expect(await startedAt()).toBe(before);
  });

  it('takes the backup, and then replaces it', async () => {
    const before = await startedAt();
    await docker(
      ...['exec', chain.stack.container('backup')],
      ...['chmod', '700', '/var/lib/backup', '/var/lib/backup/logical'],
    );
    await chain.stack.up();
    expect(await labels()).toEqual(['before-server']);
    expect(await startedAt()).not.toBe(before);
  });
};
