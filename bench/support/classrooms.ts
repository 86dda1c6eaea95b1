/** A real environment with the tenants of a school, and pgbench as its application, beside the pooler. */
import pg from 'pg';
import type { ProofTarget } from '../../rls/verify/target.ts';
import { hasTenants } from '../../rls/model/plan.ts';
import { targetFrom } from '../../cli/deployed-rls.ts';
import { resourcesFrom, type StateResource } from '../../cli/stack-state.ts';
import { docker, type TestStack } from '../../test/support/stack.ts';
import type { Transaction } from './interference.ts';
import { transactionsFrom } from './latency.ts';
import { throughput } from './levels.ts';
import { fill, type Size } from './tenants.ts';

const SIZE: Size = {
  tenants: 100,
  classroomsPerTenant: 10,
  studentsPerClassroom: 20,
  lessonsPerStudent: 1,
};

/** An environment that is filled. */
export interface Classrooms {
  readonly stack: TestStack;
  readonly resources: readonly StateResource[];
  readonly target: ProofTarget;
  /** Login of the application. */
  readonly user: string;
  /** A tenant, and one of its classrooms. */
  readonly tenant: string;
  readonly classroom: string;
}

/** Fills the tables of an environment, and puts scripts where its pgbench finds them: by name, without folder. */
export async function fillClassrooms(
  stack: TestStack,
  scripts: Readonly<Record<string, string>>,
): Promise<Classrooms> {
  const exported = await stack.expect('stack', 'export', '--show-secrets');
  const resources = resourcesFrom(JSON.parse(exported));
  const target = targetFrom(resources);
  const login = target?.logins['app'];
  if (target === undefined || login === undefined)
    throw new Error('the environment has no tables of tenants');
  const { direct, superuser, database } = target;
  const client = new pg.Client({ ...direct, ...superuser, database });
  await client.connect();
  for (const statement of fill(SIZE)) await client.query(statement);
  const { rows } = await client.query<{ tenant: string; classroom: string }>(
    'SELECT facilitator_id AS tenant, id AS classroom FROM classrooms ORDER BY id LIMIT 1',
  );
  await client.end();
  const [one] = rows;
  if (one === undefined) throw new Error('the tables are empty after they were filled');
  const container = stack.container('postgres');
  for (const [name, text] of Object.entries(scripts)) {
    await docker('exec', container, 'sh', '-c', `echo "$0" > /tmp/${name}.sql`, text);
  }
  // The Docker client hands it on from here; an argument could be read by others, and is part of errors.
  process.env['PGPASSWORD'] = login.password;
  const { plan } = target;
  if (!hasTenants(plan)) throw new Error('the environment has no tenants');
  return { stack, resources, target: { ...target, plan }, user: login.user, ...one };
}

/** One run of pgbench. */
export interface Run {
  /** Name of the script. */
  readonly script: string;
  readonly mode: 'extended' | 'prepared';
  /** What the application says about its tenant. */
  readonly who: string;
  readonly clients: string;
  readonly seconds: string;
  /** Transactions a second. @default - as many as there can be */
  readonly rate?: string;
  /** Beginning of the names of files, beside the scripts, that tell of each transaction. @default - none */
  readonly log?: string;
}

/** What pgbench prints. Each client has a thread: preparing blocks it, and others in it may hold what is waited for. */
export function pgbench({ stack, user, target, classroom }: Classrooms, run: Run): Promise<string> {
  return docker(
    ...['exec', '-e', 'PGPASSWORD', stack.container('postgres'), 'pgbench'],
    ...['-h', 'pgbouncer', '-p', '6432', '-U', user, '-n', '-M', run.mode],
    ...['-c', run.clients, '-j', run.clients, '-T', run.seconds],
    ...(run.rate === undefined ? [] : ['-R', run.rate]),
    ...(run.log === undefined ? [] : ['--log', `--log-prefix=/tmp/${run.log}`]),
    ...['-D', `who=${run.who}`, '-D', `classroom=${classroom}`, '-f', `/tmp/${run.script}.sql`],
    target.database,
  );
}

/** Each transaction of a run. */
export async function timed(classrooms: Classrooms, run: Run): Promise<Transaction[]> {
  throughput(await pgbench(classrooms, { ...run, log: 'times' }));
  const within = ['exec', classrooms.stack.container('postgres'), 'sh', '-c'];
  return transactionsFrom(await docker(...within, 'cat /tmp/times.* && rm /tmp/times.*'));
}
