import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineApplication, type ApplicationArgs } from '../../../rls/application.ts';
import { loadAccess } from '../../../rls/load.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import type { Tenancy } from '../../../rls/model/tenancy.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'plinth-application-'));
mkdirSync(path.join(directory, 'migrations'));
writeFileSync(path.join(directory, 'seed.sql'), 'select 1');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const tenancy: Tenancy = {
  schema: 'public',
  tenant: { is: 'shop', setting: 'app.shop_id', type: 'bigint' },
  tables: {},
  bypass: {},
};
const define = (more: Partial<ApplicationArgs> = {}) =>
  defineApplication({
    name: 'market',
    database: 'market',
    directory,
    migrations: 'migrations',
    ...more,
  });
const refused = (more: Partial<ApplicationArgs>): string => {
  try {
    define(more);
  } catch (error) {
    return (error as Error).message.replaceAll(directory, '<directory>');
  }
  return 'nothing';
};

describe('an application', () => {
  it('has absolute paths, and no samples where it names none', () => {
    expect(define()).toEqual({
      name: 'market',
      database: 'market',
      migrations: path.join(directory, 'migrations'),
      samples: [],
    });
    expect(define({ tenancy, seed: { file: 'seed.sql', role: 'app' } })).toMatchObject({
      tenancy,
      seed: { file: path.join(directory, 'seed.sql'), role: 'app' },
    });
  });

  it('may name a tenant in a sample, of the type of the keys', () => {
    const samples = [{ title: 'one', tenant: '42', sql: 'select 1' }];
    expect(define({ tenancy, samples }).samples).toEqual(samples);
  });

  it.each<[string, Partial<ApplicationArgs>, string]>([
    [
      'a name with blanks',
      { name: 'My Market' },
      'name is "My Market" but must be lower-case letters, digits and hyphens: write for example "shop"',
    ],
    [
      'a database that is taken',
      { database: 'postgres' },
      'database is "postgres" but that name is reserved by Postgres or PgBouncer: choose another',
    ],
    [
      'a folder of migrations that is not there',
      { migrations: 'sql' },
      'migrations is "sql" but there is no folder <directory>/sql: make it',
    ],
    [
      'a file for a folder',
      { migrations: 'seed.sql' },
      'migrations is "seed.sql" but there is no folder <directory>/seed.sql: make it',
    ],
    [
      'a seed without its file',
      { seed: { file: 'dev.sql', role: 'app' } },
      'seed.file is "dev.sql" but there is no file <directory>/dev.sql: write it, or leave seed out',
    ],
    [
      'a sample for a tenant where there are none',
      { samples: [{ title: 'one', tenant: '42', sql: 'select 1' }] },
      'sample "one" names a tenant but the application has no tenancy: leave tenant out',
    ],
    [
      'a sample for a tenant of another type',
      { tenancy, samples: [{ title: 'one', tenant: 'x', sql: 'select 1' }] },
      'sample "one": tenant is "x", but the key of a shop is a whole number of type bigint such as 42',
    ],
  ])('is refused with %s', (_, more, sentence) => {
    expect(refused(more)).toBe(
      `the application in <directory> has one mistake, nothing was touched:\n  ${sentence}`,
    );
  });

  it('is refused where its seed is written as a role that the environment has not', async () => {
    const config = parseEnvironment(
      { 'plinth:application': '{"seed":true}' },
      { stack: 'dev', database: 'market' },
    );
    const application = define({ seed: { file: 'seed.sql', role: 'apps' } });
    await expect(loadAccess(config, application)).rejects.toThrow(
      'seed.role is "apps" but the roles of the application are app, readonly',
    );
  });

  it('makes no tables where the settings say so', async () => {
    const settings = { 'plinth:application': '{"migrations":false}' };
    const config = parseEnvironment(settings, { stack: 'dev' });
    expect(await loadAccess(config, define())).toBeUndefined();
  });

  it('is told all its mistakes at once, and without a stack trace', () => {
    expect(refused({ name: '', migrations: 'sql' })).toContain('has 2 mistakes');
    try {
      define({ name: '' });
    } catch (error) {
      expect((error as Error).stack).toBe((error as Error).message);
    }
  });
});
