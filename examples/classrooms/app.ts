import { defineApplication } from '../plinth.ts';
import { tenancy } from './tenancy.ts';

export const application = defineApplication({
  name: 'classrooms',
  database: 'classrooms',
  directory: import.meta.dirname,
  migrations: 'migrations',
  tenancy,
  seed: { file: 'seed/dev.sql', role: 'app' },
  samples: [
    {
      title: 'one facilitator, through PgBouncer, as the application',
      tenant: 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d',
      sql: 'select display_name, (select count(*) from classrooms) as classrooms from facilitators',
    },
    { title: 'and nobody, without a tenant', sql: 'select count(*) from facilitators' },
  ],
});
