/** Whether Prometheus understands what the dashboards ask, by its own checker. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnvironment } from '../../config/parse.ts';
import { dashboards } from '../../observability/dashboards/all.ts';
import { annotationQueries, runnable } from '../../observability/dashboards/builders.ts';
import { run } from '../../lib/process.ts';
import { builtImage } from '../support/images.ts';
import { rawFrom } from '../unit/config/raw.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-dashboards-'));
let image = '';

const environments = {
  'everything.json': {
    preset: 'medium',
    monitoring: {
      applications: { shop: { url: 'http://host.docker.internal:5000/metrics' } },
      probes: { page: { url: 'https://example.org/' } },
    },
  },
  'little.json': {
    redis: { cache: { enabled: false }, queue: { enabled: false } },
    backup: { enabled: false },
    application: { migrations: false },
  },
} as const;

/** A file of rules with one for each query. */
function write(file: string, queries: readonly string[]): void {
  const rules = queries.map((expr, index) => ({ record: `query:${String(index)}`, expr }));
  // YAML understands JSON.
  writeFileSync(path.join(folder, file), JSON.stringify({ groups: [{ name: 'all', rules }] }), {
    mode: 0o644,
  });
}

async function promtool(file: string) {
  const { code, stdout, stderr } = await run('docker', [
    ...['run', '--rm', '--network', 'none', '--user', '65534', '--volume', `${folder}:/work:ro`],
    ...['--entrypoint', 'promtool', image, 'check', 'rules', `/work/${file}`],
  ]);
  return { code, said: stdout + stderr };
}

beforeAll(async () => {
  // The image's user is nobody here.
  chmodSync(folder, 0o755);
  image = await builtImage('prometheus');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the queries of the dashboards', () => {
  it.each(Object.entries(environments))('are PromQL: %s', async (file, settings) => {
    const boards = dashboards(
      parseEnvironment(rawFrom(settings), { stack: 'dev', database: 'classrooms' }),
    );
    const queries = boards.flatMap((board) => board.queries.map(({ expr }) => expr));
    const all = [...queries, ...annotationQueries].map(runnable);
    write(file, all);
    const { code, said } = await promtool(file);
    expect(said).toContain(`SUCCESS: ${String(all.length)} rules found`);
    expect(code).toBe(0);
  });

  it('would not pass with a mistake in one', async () => {
    write('broken.json', ['up', 'sum by (job) (rate(up))']);
    expect((await promtool('broken.json')).code).toBe(1);
  });
});
