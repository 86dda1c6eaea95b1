import { defineApplication } from '../plinth.ts';

export const application = defineApplication({
  name: 'minimal',
  database: 'app',
  directory: import.meta.dirname,
  migrations: 'migrations',
  samples: [
    { title: 'the notes, through PgBouncer, as the application', sql: 'select * from notes' },
  ],
});
