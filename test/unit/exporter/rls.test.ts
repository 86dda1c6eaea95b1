/**
 * What a member of pg_monitor sees of who may see what, on a real Postgres inside this process: as much as a superuser.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { audit } from '../../../rls/audit/audit.ts';
import {
  printedExpressions,
  type PrintedExpressions,
} from '../../../rls/catalog/printed-expressions.ts';
import { LINTS, resultsOf } from '../../../rls/lint/run.ts';
import type { AccessPlan } from '../../../rls/model/plan.ts';
import type { Query } from '../../../lib/query.ts';
import { jsonLog } from '../../../lib/json-log.ts';
import { rlsCollector, MONITOR_LINTS } from '../../../exporter/collectors/rls.ts';
import type { ExporterSample } from '../../../exporter/collector.ts';
import { AROUND, OF_TABLES } from '../rls/audit/cases.ts';
import { asking, askingInside, examplePlan, setUp } from '../rls/audit/clean-server.ts';
import { CASES } from '../rls/lint/cases.ts';

declare const PGlite: typeof pglite.PGlite;

/** The tables that the cases touch, so that not all six are compared a hundred times. */
const plan: AccessPlan = {
  ...examplePlan,
  tables: examplePlan.tables.filter(({ table }) => /^student(s|_feedback)$/.test(table)),
};

let db: pglite.PGlite;
let words: PrintedExpressions;
beforeAll(async () => {
  db = await PGlite.create();
  await setUp(db);
  words = await printedExpressions(asking(db), plan.tables);
}, 120_000);
afterAll(() => db.close());
beforeEach(() => db.exec('BEGIN'));
afterEach(() => db.exec('ROLLBACK'));

/** As the watcher's own session is. */
const becomeMonitor = () => db.exec(`SET LOCAL ROLE monitor_a; SET LOCAL search_path = ''`);

describe('what somebody did by hand', () => {
  // What the server would say against the declaration today is known only to whoever may try it.
  const refusals = ['policy-refused'];

  it.each([...OF_TABLES, ...AROUND])('$kind: $sql', async ({ sql }) => {
    await db.exec(sql);
    const superuser = await audit(askingInside(db), plan);
    await becomeMonitor();
    const monitor = await audit(asking(db), plan, words);
    expect(monitor).toEqual(superuser.filter(({ kind }) => !refusals.includes(kind)));
  });
});

describe('the mistakes that a catalog shows', () => {
  it('are all looked for, but for those that only a superuser sees', () => {
    const left = LINTS.filter((one) => !MONITOR_LINTS.includes(one)).map(({ id }) => id);
    expect(left).toEqual(['password-weak-hash']);
  });

  it.each(MONITOR_LINTS.map((lint) => [lint.id, lint] as const))('%s', async (id, lint) => {
    await db.exec(CASES[id]!.bad);
    const superuser = await resultsOf(lint, asking(db), examplePlan.schema);
    await becomeMonitor();
    expect(await resultsOf(lint, asking(db), examplePlan.schema)).toEqual(superuser);
  });
});

describe('the figures of access', () => {
  /** Only a transaction that has ended shows in the statistics of the catalog. */
  const committed = (sql: string) => db.exec(`${sql}; SELECT pg_stat_force_next_flush()`);

  it('have every check, and a line of the log when something changes', async () => {
    const said: string[] = [];
    const log = jsonLog('watch', (line) => said.push((JSON.parse(line) as { msg: string }).msg));
    const query = asking(db);
    const asked = { query, schemaOf: () => Promise.reject(new Error('no extension is asked')) };
    const collector = rlsCollector({ ...plan, printed: words }, asked, log);
    const value = (samples: readonly ExporterSample[], name: string, check?: string): number =>
      samples.find((one) => one.name === name && one.labels?.['check'] === check)!.value;

    await db.exec('COMMIT');
    const before = await collector.collect();
    expect(before.filter(({ name }) => name === 'plinth_access_findings')).toHaveLength(
      MONITOR_LINTS.length,
    );
    expect(value(before, 'plinth_access_drift')).toBe(0);
    expect(value(before, 'plinth_access_findings', 'row-security-off')).toBe(0);
    expect(value(before, 'plinth_access_audit_timestamp_seconds')).toBeGreaterThan(1.7e9);

    await committed('ALTER TABLE public.students DISABLE ROW LEVEL SECURITY');
    const during = await collector.collect();
    await collector.collect();
    expect(value(during, 'plinth_access_drift')).toBe(1);
    expect(value(during, 'plinth_access_findings', 'row-security-off')).toBe(1);
    await committed('ALTER TABLE public.students ENABLE ROW LEVEL SECURITY');
    await collector.collect();
    expect(said).toEqual(['access is not as declared', 'access is as declared again']);
  });

  it('are taken from the last audit while the catalog has not changed', async () => {
    const statements: string[] = [];
    const query: Query = (sql, values) => {
      statements.push(sql);
      return asking(db)(sql, values);
    };
    const asked = { query, schemaOf: () => Promise.reject(new Error('no extension is asked')) };
    const collector = rlsCollector(
      { ...plan, printed: words },
      asked,
      jsonLog('watch', () => undefined),
    );
    await db.exec('COMMIT');
    const first = await collector.collect();
    const audited = statements.length;
    const second = await collector.collect();
    expect(statements).toHaveLength(audited + 1);
    expect(second.map(({ name, labels, value }) => [name, labels, Math.floor(value / 60)])).toEqual(
      first.map(({ name, labels, value }) => [name, labels, Math.floor(value / 60)]),
    );
    await committed('CREATE ROLE passer_by');
    await collector.collect();
    expect(statements.length).toBeGreaterThan(audited + 10);
    await db.exec('DROP ROLE passer_by');
  });
});
