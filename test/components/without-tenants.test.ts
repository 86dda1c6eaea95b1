/** The whole environment of an application that has no tenants: the same parts, without those of row security. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Catalog } from '../../rls/catalog/catalog.ts';
import { compileTenancy, withoutTenants } from '../../rls/compile/compile.ts';
import { roleContextOf } from '../../rls/model/role-context.ts';
import * as outputs from '../../components/outputs.ts';
import type { Environment } from '../../components/environment.ts';
import { application } from '../../examples/minimal/app.ts';
import { recordEnvironment } from '../support/environment.ts';
import { clear, find, tree, type Recording } from '../support/record.ts';

const catalog: Catalog = {
  schema: 'public',
  tables: [
    {
      name: 'notes',
      kind: 'table',
      parent: null,
      owner: 'migrator',
      columns: [],
      primaryKey: ['id'],
      foreignKeys: [],
      indexes: [],
      checks: [],
      sequences: [],
    },
  ],
};

// Where tokens would be signed, and the seed that is asked for is not there.
const settings = {
  preset: 'large',
  backup: { acceptNoRecipient: true },
  monitoring: { acceptNoReceiver: true },
  application: { seed: true },
};

let recording: Recording<Environment>;

beforeAll(async () => {
  recording = await recordEnvironment(settings, {
    application,
    accessOf: (config) => compileTenancy(withoutTenants(catalog), catalog, roleContextOf(config)),
  });
});

describe('an application without tenants', () => {
  it('has migrations and grants, no context, no key and no seed', () => {
    const children = tree(recording.resources);
    expect(children['plinth:index:Application application']).toEqual([
      'plinth:access:TenantIsolation isolation',
      'plinth:index:Migrations migrations',
    ]);
    expect(children['plinth:access:TenantIsolation isolation']).toEqual([
      'plinth:index:RowSecurity notes',
      'plinth:index:SchemaAccess public',
    ]);
    expect(recording.resources.filter(({ type }) => type.includes('Token'))).toEqual([]);
  });

  it('grants its table to the roles of the application', () => {
    const { inputs } = find(recording.resources, 'plinth:index:RowSecurity notes');
    expect(inputs).toMatchObject({
      rowSecurity: false,
      policies: {},
      grants: { app: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], readonly: ['SELECT'] },
    });
    expect(inputs).not.toHaveProperty('tenant');
  });

  it('applies the migrations of its own folder, in the database that it names', () => {
    const { inputs } = find(recording.resources, 'plinth:index:Migrations migrations');
    expect(clear(inputs)).toMatchObject({
      connection: { database: 'app' },
      directory: 'examples/minimal/migrations',
      files: { '0001_notes.sql': expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('tells the command line that there are no tenants', () => {
    const { built } = recording;
    expect(outputs.tenant(built)).toEqual({ context: 'none' });
    expect(outputs.application(built)).toEqual({ name: 'minimal', samples: application.samples });
  });
});
