import { describe, expect, it } from '@jest/globals';
import {
  applicationFrom,
  applicationHere,
  tenantKey,
  type DeployedApplication,
} from '../../../cli/application.ts';
import { application as example } from '../../../examples/classrooms/app.ts';
import { contextFrom, setTenantSql, settingOption } from '../../../cli/tenant-context.ts';
import type { TenantType } from '../../../rls/model/tenancy.ts';

const shops = (type: TenantType, samples: DeployedApplication['samples'] = []) => ({
  name: 'market',
  samples,
  tenant: { name: 'shop', type },
});
const id = '6f1c9b52-0d3e-4a77-9c1a-2b8e5d4f7a10';

describe('a tenant that somebody typed', () => {
  it.each<[TenantType, readonly string[]]>([
    ['uuid', [id, id.toUpperCase()]],
    ['bigint', ['0', '-1', '9223372036854775807', '-9223372036854775808']],
    ['integer', ['42', '2147483647', '-2147483648']],
    ['text', ["o'neill", 'a b', '\\', '1']],
  ])('fits a key of type %s', (type, keys) => {
    for (const key of keys) expect(tenantKey(key, shops(type), '--tenant')).toBe(key);
    expect(tenantKey(undefined, shops(type), '--tenant')).toBeUndefined();
  });

  it.each<[TenantType, readonly string[]]>([
    ['uuid', ['', '1', `${id}'`, "x'; drop table orders; --", `${id} `]],
    ['bigint', ['', '1.5', '1e3', ' 1', '0x1', '9223372036854775808', "1'", id]],
    ['integer', ['', '2147483648', '-2147483649', '9'.repeat(30)]],
    ['text', ['', 'a\0b']],
  ])('is refused as a key of type %s', (type, keys) => {
    for (const key of keys) {
      expect(() => tenantKey(key, shops(type), '--tenant')).toThrow(
        /^--tenant is ".*", but the key of a shop is a /,
      );
    }
  });

  it('is refused with one that is there', () => {
    const samples = [
      { title: 'all', sql: 'select 1' },
      { title: 'one', tenant: id, sql: 'select 2' },
    ];
    expect(() => tenantKey('x', shops('uuid', samples), '--tenant')).toThrow(
      `--tenant is "x", but the key of a shop is a UUID such as ${id}; ${id} is one of the samples`,
    );
  });

  it('is refused where the application has no tenants', () => {
    expect(() => tenantKey('1', { name: 'notes', samples: [] }, '--tenant')).toThrow(
      '--tenant is "1", but the application notes declares no tenants: leave it out',
    );
  });
});

describe('the application of a stack', () => {
  it('is what the output says', () => {
    const application = shops('bigint');
    expect(applicationFrom({ application }, 'dev')).toBe(application);
  });

  it('is not guessed where an earlier version brought the stack up', () => {
    expect(() => applicationFrom({ urls: {} }, 'demo')).toThrow(
      'the outputs of demo do not say which application it has: an earlier version brought it up',
    );
    expect(contextFrom({})).toEqual({ context: 'none' });
  });

  it('is the file in app/ before anything is brought up', async () => {
    expect(await applicationHere()).toBe(example);
  });
});

describe('how a session says its tenant', () => {
  it('escapes blanks and backslashes in the options of a connection', () => {
    expect(settingOption('app.shop', String.raw`a b\c`)).toBe(String.raw`-c app.shop=a\ b\\c`);
  });

  it('is refused where there are no tables', () => {
    const asked = {
      context: { context: 'none' },
      database: 'd',
      tenant: '1',
      seconds: 60,
    } as const;
    expect(() => setTenantSql(asked)).toThrow('this environment makes no tables');
  });
});
