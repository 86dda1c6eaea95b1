import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertmanagerYml, testReceiver } from '../../observability/alertmanager/routing.ts';
import { imageBuilds } from '../../bootstrap/image-list.ts';
import { run } from '../../lib/process.ts';
import { environmentWith, EVERY_KIND } from '../support/routing.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plinth-routing-'));
const { reference } = imageBuilds(root).alertmanager;

const WARNED = ['hook', 'open', 'post', 'team'];
const ALL = ['hook', 'oncall', 'open', 'post', 'team'];
const ROUTES: readonly (readonly [labels: string[], receivers: string[]])[] = [
  [['alertname=PostgresDown', 'severity=critical'], ALL],
  [['alertname=SlowQueries', 'severity=warning'], WARNED],
  [['alertname=UnusedIndexes', 'severity=info'], ['hook']],
  [['alertname=Strange'], ALL],
  [['alertname=Watchdog', 'severity=info'], ['plinth/heartbeat']],
  [['alertname=PlinthTest', 'severity=critical'], ALL.map(testReceiver)],
  [['alertname=PlinthTest', 'severity=warning'], WARNED.map(testReceiver)],
  [['alertname=PlinthTest', 'severity=info'], [testReceiver('hook')]],
  [['alertname=PlinthTest', 'severity=critical', 'receiver=oncall'], [testReceiver('oncall')]],
  [['alertname=PlinthTest', 'severity=info', 'receiver=oncall'], ['plinth/nobody']],
];

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

interface Answer {
  readonly code: number;
  readonly said: string;
}

/** Arguments of amtool for each question. */
const checkOf = (name: string): string[] => ['check-config', `/work/${name}.yml`];
const routeOf = (labels: readonly string[], receivers: readonly string[]): string[] => [
  ...['config', 'routes', 'test', '--config.file', '/work/every-kind.yml'],
  `--verify.receivers=${receivers.join(',')}`,
  ...labels,
];
const questions: readonly string[][] = [
  ...[...Object.keys(environments), 'broken'].map(checkOf),
  ...ROUTES.map(([labels, receivers]) => routeOf(labels, receivers)),
  // One that is wrong, so that a right answer means something.
  routeOf(['alertname=SlowQueries', 'severity=warning'], ['hook']),
];
let answers: readonly Answer[] = [];

/** The answer to a question, out of the one container that was asked them all. */
function amtool(...args: readonly string[]): Answer {
  const index = questions.findIndex((one) => JSON.stringify(one) === JSON.stringify(args));
  const answer = answers[index];
  if (answer === undefined) throw new Error(`amtool ${args.join(' ')} was not run`);
  return answer;
}

/** amtool on the files as they are rendered; it opens no file with a secret. */
async function askAll(): Promise<Answer[]> {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const script = questions
    .map((args) => `amtool ${args.map(quoted).join(' ')}; printf '\\036%s\\037' "$?"`)
    .join('\n');
  const { stdout } = await run('docker', [
    ...['run', '--rm', '--network', 'none', '--volume', `${folder}:/work:ro`],
    ...['--entrypoint', 'sh', reference, '-c', script],
  ]);
  return stdout
    .split('\u001f')
    .slice(0, -1)
    .map((part) => {
      const [said = '', code] = part.split('\u001e');
      return { code: Number(code), said };
    });
}

beforeAll(async () => {
  // The image's user is not root.
  chmodSync(folder, 0o755);
  for (const [name, monitoring] of Object.entries(environments)) {
    const { text } = alertmanagerYml(environmentWith(monitoring), inhibit);
    writeFileSync(join(folder, `${name}.yml`), text, { mode: 0o644 });
  }
  writeFileSync(join(folder, 'broken.yml'), 'route: { receiver: none }\nreceivers: []\n');
  answers = await askAll();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what Alertmanager reads', () => {
  it.each(Object.keys(environments))('%s passes its own check', (name) => {
    const { code, said } = amtool(...checkOf(name));
    expect(said).toContain('SUCCESS');
    expect(code).toBe(0);
  });

  it('would not pass it with a receiver that is not there', () => {
    expect(amtool(...checkOf('broken')).code).toBe(1);
  });
});

describe('who is told, as Alertmanager sees it', () => {
  it.each(ROUTES)('%j: %j', (labels, receivers) => {
    const { code, said } = amtool(...routeOf(labels, receivers));
    expect(said.trim()).toBe(receivers.join(','));
    expect(code).toBe(0);
  });

  it('is not who somebody else expects', () => {
    const wrong = routeOf(['alertname=SlowQueries', 'severity=warning'], ['hook']);
    expect(amtool(...wrong).code).not.toBe(0);
  });
});
