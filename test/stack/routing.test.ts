import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertmanagerYml, testReceiver } from '../../observability/routing.ts';
import { imageBuilds } from '../../toolchain/image-list.ts';
import { run } from '../../toolchain/run.ts';
import { environmentWith, EVERY_KIND } from '../support/routing.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plinth-routing-'));
const { reference } = imageBuilds(root).alertmanager;

/** amtool on the file as it is rendered; it opens no file with a secret. */
async function amtool(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const mount = `${folder}:/work:ro`;
  const { code, stdout } = await run('docker', [
    ...['run', '--rm', '--network', 'none', '--volume', mount, '--entrypoint', 'amtool'],
    reference,
    ...args,
  ]);
  return { code, said: stdout };
}

const inhibit = [
  {
    source_matchers: ['alertname="PostgresDown"'],
    target_matchers: ['alertname=~"PoolerDown|SlowQueries"'],
    equal: ['stack'],
  },
];
const environments = {
  'every-kind': { receivers: EVERY_KIND, heartbeat: { urlFile: 'secrets/heartbeat' } },
  nobody: {},
} as const;

beforeAll(() => {
  // The image's user is not root.
  chmodSync(folder, 0o755);
  for (const [name, monitoring] of Object.entries(environments)) {
    const { text } = alertmanagerYml(environmentWith(monitoring), inhibit);
    writeFileSync(join(folder, `${name}.yml`), text, { mode: 0o644 });
  }
  writeFileSync(join(folder, 'broken.yml'), 'route: { receiver: none }\nreceivers: []\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what Alertmanager reads', () => {
  it.each(Object.keys(environments))('%s passes its own check', async (name) => {
    const { code, said } = await amtool('check-config', `/work/${name}.yml`);
    expect(said).toContain('SUCCESS');
    expect(code).toBe(0);
  });

  it('would not pass it with a receiver that is not there', async () => {
    expect((await amtool('check-config', '/work/broken.yml')).code).toBe(1);
  });
});

describe('who is told, as Alertmanager sees it', () => {
  const warned = ['hook', 'open', 'post', 'team'];
  const all = ['hook', 'oncall', 'open', 'post', 'team'];
  it.each([
    [['alertname=PostgresDown', 'severity=critical'], all],
    [['alertname=SlowQueries', 'severity=warning'], warned],
    [['alertname=UnusedIndexes', 'severity=info'], ['hook']],
    [['alertname=Strange'], all],
    [['alertname=Watchdog', 'severity=info'], ['plinth/heartbeat']],
    [['alertname=PlinthTest', 'severity=critical'], all.map(testReceiver)],
    [['alertname=PlinthTest', 'severity=warning'], warned.map(testReceiver)],
    [['alertname=PlinthTest', 'severity=info'], [testReceiver('hook')]],
    [['alertname=PlinthTest', 'severity=critical', 'receiver=oncall'], [testReceiver('oncall')]],
    [['alertname=PlinthTest', 'severity=info', 'receiver=oncall'], ['plinth/nobody']],
  ])('%j: %j', async (labels, receivers) => {
    const { code, said } = await amtool(
      ...['config', 'routes', 'test', '--config.file', '/work/every-kind.yml'],
      `--verify.receivers=${receivers.join(',')}`,
      ...labels,
    );
    expect(said.trim()).toBe(receivers.join(','));
    expect(code).toBe(0);
  });
});
