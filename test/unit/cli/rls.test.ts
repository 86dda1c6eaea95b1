/**
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { audit } from '../../../rls/audit/audit.ts';
import type { LintResult } from '../../../rls/lint/lint.ts';
import { lint } from '../../../rls/lint/run.ts';
import { auditText, clearText, lintText } from '../../../cli/rls-describe.ts';
import { command, levelOf, subcommandOf } from '../../../cli/commands/access.ts';
import { inReadOnlySession } from '../../../cli/read-only-session.ts';
import { servePGlite, type PGliteServer } from '../../support/pglite-server.ts';
import { examplePlan, setUp } from '../rls/audit/clean-server.ts';

declare const PGlite: typeof pglite.PGlite;

describe('what is typed', () => {
  it.each([
    [[], /^plinth access does .*audit.*lint.*: say which$/],
    [['audti'], /, not "audti"$/],
    [['audit', 'lint'], /, not "audit lint"$/],
    [['constructor'], /, not "constructor"$/],
  ])('%j is refused', (words, said) => {
    expect(() => subcommandOf(words)).toThrow(said);
  });
  it('an unknown level is refused, and without one everything is shown', () => {
    expect(() => levelOf({ level: 'warn' })).toThrow(
      '--level is "warn", but must be error, warning, info: try warning',
    );
    expect([levelOf({}), levelOf({ level: 'error' })]).toEqual(['info', 'error']);
  });
  it('an audit has no levels', async () => {
    await expect(command.run({ stack: 'dev', strict: true }, ['audit'])).rejects.toThrow(
      /^plinth access audit has no --strict/,
    );
  });
});

describe('over a connection', () => {
  let db: pglite.PGlite;
  let server: PGliteServer;
  const target = () => ({
    direct: { host: '127.0.0.1', port: server.port },
    database: 'postgres',
    superuser: { user: 'postgres', password: '' },
  });

  beforeAll(async () => {
    db = await PGlite.create();
    await setUp(db);
    server = await servePGlite(db);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await db.close();
  });

  it('an audit of a clean server finds nothing, and copies its tables all the same', async () => {
    expect(await inReadOnlySession(target(), (query) => audit(query, examplePlan))).toEqual([]);
  });

  it('an audit sees a policy that was changed behind its back', async () => {
    await server.quiet();
    await db.exec('ALTER POLICY students_readonly ON students USING (true)');
    const found = await inReadOnlySession(target(), (query) => audit(query, examplePlan));
    expect(found.map(({ kind, object }) => [kind, object])).toEqual([
      ['policy-altered', 'public.students'],
    ]);
  });

  it('a lint reads only', async () => {
    const results = await inReadOnlySession(target(), (query) => lint(query, examplePlan));
    expect(results.map(({ id }) => id)).toContain('policy-always-true');
  });

  it('nothing can be written by mistake', async () => {
    const writing = inReadOnlySession(target(), (query) => query('create table left_behind ()'));
    await expect(writing).rejects.toThrow(/read-only transaction/);
  });
});

describe('what is printed', () => {
  it('says what was compared when nothing differs', () => {
    expect(clearText(examplePlan)).toMatch(
      /^Nothing differs from what was deployed. Compared: 6 tables of schema public, 12 policies, 12 grants, 12 memberships\.\nNothing walks around the policies: \d+ checks of/,
    );
  });

  it('has findings by what they are about', () => {
    const finding = (object: string, says: string) => ({
      kind: 'k',
      object,
      says,
      remedy: `${says}!`,
    });
    const findings = [finding('a', 'one'), finding('b', 'two'), finding('a', 'three')];
    expect(auditText(findings).split('\n')).toEqual([
      'a',
      '  ✗ one',
      '    → one!',
      '  ✗ three',
      '    → three!',
      '',
      'b',
      '  ✗ two',
      '    → two!',
      '',
      '3 differences in 2 places.',
    ]);
  });

  it('gives the reason of a lint once, and every place with its fix', () => {
    const result = (object: string): LintResult => ({
      id: 'an-id',
      level: 'warning',
      title: 'A title',
      why: 'A reason.',
      object,
      detail: 'has it',
      fix: `mend ${object}`,
    });
    expect(lintText([result('a'), result('b')], 3, examplePlan).split('\n')).toEqual([
      '! A title (an-id)',
      '  A reason.',
      '  - a has it',
      '    → mend a',
      '  - b has it',
      '    → mend b',
      '',
      expect.stringMatching(
        /^\d+ checks of 6 tables .*: 0 errors, 2 warnings, 0 infos, 3 below that level not shown\.$/,
      ),
    ]);
  });
});
