/** What an application does all day, slowly: through the pooler, the cache and the queue. */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { FaultTarget } from '../../../cli/fault-injection/target.ts';
import { TENANT } from '../clients.ts';
import { docker, type TestStack } from '../stack.ts';

export interface Load {
  stop(): Promise<void>;
}

const PAUSE_MS = 200;

/** Goes on, whatever breaks, until it is stopped. */
export async function classroomsLoad(
  urls: Record<string, Record<string, string>>,
  stack: TestStack,
): Promise<Load> {
  const pool = new pg.Pool({ connectionString: urls['app']!['psql']!, max: 2 });
  pool.on('error', () => undefined);
  const stage = FaultTarget.from(stack.name, urls);
  const cache = new URL(urls['redis-cache']!['url']!);
  let stopped = false;
  const forever = async (work: () => Promise<unknown>, pauseMs: number): Promise<void> => {
    while (!stopped) {
      await work().catch(() => undefined);
      await wait(pauseMs);
    }
  };
  const running = [
    forever(() => classroom(pool), PAUSE_MS),
    // A job that waits in each look, and one that is taken.
    forever(() => stage.redis(['RPUSH bull:lessons:wait a', 'LTRIM bull:lessons:wait 0 5']), 5000),
    forever(async () => {
      process.env['REDISCLI_AUTH'] = decodeURIComponent(cache.password);
      const cli = ['redis-cli', '--no-auth-warning', '--user', 'app'];
      const inside = ['exec', '-e', 'REDISCLI_AUTH', stack.container('redis-cache'), ...cli];
      await docker(...inside, 'set', 'lesson', '1', 'EX', '60');
      await docker(...inside, 'get', 'lesson');
      await docker(...inside, 'get', 'none');
    }, 5000),
  ];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      await pool.end();
    },
  };
}

/** One page of one tenant, now and then with a write that is taken back. */
async function classroom(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.facilitator_id', $1, true)", [TENANT]);
    await client.query('select count(*) from student_progress');
    await client.query('update classrooms set name = name');
    await client.query(Math.random() < 0.5 ? 'commit' : 'rollback');
  } finally {
    client.release();
  }
}
