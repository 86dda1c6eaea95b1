/** Before the server is replaced there is a backup, or the server is not replaced. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { docker, TestStack } from '../support/stack.ts';

const settings = (workMem: string) => ({
  'plinth:postgres': { workMem },
  'plinth:redis': { cache: { enabled: false }, queue: { enabled: false } },
  'plinth:exporters': { enabled: false },
  'plinth:backup': {
    rollbackPoints: true,
    drill: { enabled: false },
    pointInTime: { enabled: false },
  },
});

describe('an update that replaces the server', () => {
  let stack: TestStack;

  const startedAt = () =>
    docker('inspect', '-f', '{{.State.StartedAt}}', stack.container('postgres'));
  const labels = async () => {
    const said = await docker('exec', stack.container('backup'), 'plinth-backup', 'list', '--json');
    const backups = JSON.parse(said) as { label: string | null }[];
    return backups.map(({ label }) => label).filter((label) => label !== null);
  };

  beforeAll(async () => {
    stack = await TestStack.create('t-points', settings('2MiB'));
    await stack.up();
  });
  afterAll(() => stack.remove());

  it('has nothing to save the first time', async () => {
    expect(await labels()).toEqual([]);
  });

  it('says in its preview that a backup comes first, and because of what', async () => {
    stack.configure(settings('3MiB'));
    expect(await stack.expect('preview', '--diff')).toContain(
      'a backup called before-server is taken first, because of new settings of the server',
    );
  });

  it('does not happen where the backup fails', async () => {
    const before = await startedAt();
    await docker(
      ...['exec', stack.container('backup')],
      ...['chmod', '500', '/var/lib/backup', '/var/lib/backup/logical'],
    );
    const { code, output } = await stack.pulumi('up', '--yes', '--skip-preview');
    expect(code).not.toBe(0);
    expect(output).toContain('no backup could be taken before ');
    expect(await startedAt()).toBe(before);
  });

  it('takes the backup, and then replaces it', async () => {
    const before = await startedAt();
    await docker(
      ...['exec', stack.container('backup')],
      ...['chmod', '700', '/var/lib/backup', '/var/lib/backup/logical'],
    );
    await stack.up();
    expect(await labels()).toEqual(['before-server']);
    expect(await startedAt()).not.toBe(before);
    await stack.up('--refresh', '--expect-no-changes');
  });
});
