import { describe, expect, it, jest } from '@jest/globals';
import { jsonLog } from '../../../lib/json-log.ts';
import { PartialResult, type Collector, type ExporterSample } from '../../../exporter/collector.ts';
import { Scraper, type ScraperArgs } from '../../../exporter/scrape.ts';

const sample = (value = 1): ExporterSample => ({ name: 'plinth_postgres_lock_waiters', value });

function collector(name: string, work: () => Promise<readonly ExporterSample[]>): Collector {
  return { name, collect: work };
}

function watching(args: Partial<ScraperArgs>) {
  const said: unknown[] = [];
  const log = jsonLog('watch', (line) => {
    const { level, msg, reason } = JSON.parse(line) as Record<string, unknown>;
    said.push([level, msg, reason]);
  });
  const up = collector('server', async () => []);
  const watch = new Scraper({
    up,
    asked: [],
    others: [],
    background: [],
    known: () => [],
    log,
    deadlineMs: 4000,
    ...args,
  });
  return { watch, said };
}

const lines = (page: string): string[] =>
  page.split('\n').filter((line) => line !== '' && !/^#|_duration_seconds/.test(line));

describe('a page of the watcher', () => {
  it('shows what could be measured beside what could not, and tells of that once', async () => {
    let broken = true;
    const { watch, said } = watching({
      asked: [
        collector('tables', async () => {
          if (broken) throw new Error('permission denied');
          return [sample(3)];
        }),
      ],
      others: [collector('volumes', async () => [{ name: 'plinth_volume_size_bytes', value: 7 }])],
    });
    const page = await watch.page();
    expect(lines(page)).toEqual([
      'plinth_postgres_up 1',
      'plinth_volume_size_bytes 7',
      'plinth_watch_collector_success{collector="server"} 1',
      'plinth_watch_collector_success{collector="tables"} 0',
      'plinth_watch_collector_success{collector="volumes"} 1',
    ]);
    await watch.page();
    broken = false;
    expect(await watch.page()).toContain('plinth_postgres_lock_waiters 3');
    expect(said).toEqual([
      ['warn', 'tables cannot be measured', 'permission denied'],
      ['info', 'tables can be measured again', undefined],
    ]);
  });

  it('shows what is known without a server that is gone, in one line of the log', async () => {
    const asked = jest.fn(async () => [sample()]);
    const { watch, said } = watching({
      up: collector('server', () => Promise.reject(new Error('refused'))),
      asked: [collector('locks', asked)],
      known: () => [{ name: 'plinth_postgres_max_connections', value: 5 }],
    });
    expect(lines(await watch.page())).toEqual([
      'plinth_postgres_up 0',
      'plinth_postgres_max_connections 5',
      'plinth_watch_collector_success{collector="locks"} 0',
      'plinth_watch_collector_success{collector="server"} 0',
    ]);
    expect(asked).not.toHaveBeenCalled();
    expect(said).toEqual([['warn', 'server cannot be measured', 'refused']]);
  });

  it('does not wait for a server that says nothing, nor show what it said before', async () => {
    let hangs = false;
    const never = new Promise<readonly ExporterSample[]>(() => undefined);
    const { watch } = watching({
      asked: [collector('locks', () => (hangs ? never : Promise.resolve([sample()])))],
      deadlineMs: 50,
    });
    expect(await watch.page()).toContain('plinth_postgres_lock_waiters 1');
    hangs = true;
    const page = await watch.page();
    expect(page).not.toContain('plinth_postgres_lock_waiters 1');
    expect(page).toContain('plinth_postgres_up 1');
    expect(page).toContain('success{collector="locks"} 0');
  });

  it('is measured once for two who look at the same time', async () => {
    const work = jest.fn(async () => [sample()]);
    const { watch } = watching({ asked: [collector('locks', work)] });
    const [one, other] = await Promise.all([watch.page(), watch.page()]);
    expect(one).toBe(other);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('shows the part that could be measured', async () => {
    const { watch } = watching({
      others: [
        collector('volumes', () => Promise.reject(new PartialResult('one is gone', [sample(2)]))),
      ],
    });
    const page = await watch.page();
    expect(page).toContain('plinth_postgres_lock_waiters 2');
    expect(page).toContain('success{collector="volumes"} 0');
  });
});

describe('what has a time of its own', () => {
  it('keeps what it knew when it fails, and ends when it is told to', async () => {
    let broken = false;
    let ran = 0;
    const stop = new AbortController();
    const { watch } = watching({
      background: [
        {
          name: 'access',
          everySec: 0.01,
          collect: async () => {
            ran += 1;
            if (broken) throw new Error('gone');
            return [sample(9)];
          },
        },
      ],
    });
    const running = watch.run(stop.signal);
    while (ran < 1) await new Promise((done) => setTimeout(done, 5));
    broken = true;
    const before = ran;
    while (ran < before + 2) await new Promise((done) => setTimeout(done, 5));
    const page = await watch.page();
    expect(page).toContain('plinth_postgres_lock_waiters 9');
    expect(page).toContain('success{collector="access"} 0');
    stop.abort();
    await running;
  });
});

describe('the health of the watcher', () => {
  it('is good until nothing at all can be measured', async () => {
    let mounted = true;
    const { watch } = watching({
      up: collector('server', () => Promise.reject(new Error('refused'))),
      others: [
        collector('volumes', () =>
          mounted ? Promise.resolve([]) : Promise.reject(new Error('gone')),
        ),
      ],
    });
    expect(watch.health()).toEqual({ healthy: true, reason: 'all is measured' });
    await watch.page();
    expect(watch.health()).toEqual({ healthy: true, reason: 'not measured: server' });
    mounted = false;
    await watch.page();
    expect(watch.health()).toEqual({ healthy: false, reason: 'not measured: server, volumes' });
  });
});
