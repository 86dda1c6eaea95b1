// What `plinth restore` can be told.

import { onlyTakes, text, UsageError, type Values } from '../command.ts';

/** Options that say what shall come back, or how. */
export const restoreOptions = {
  backup: { type: 'string', value: '<id>', help: 'this backup' },
  label: { type: 'string', value: '<label>', help: 'the newest backup with this label' },
  latest: { type: 'boolean', help: 'the newest state there is' },
  'to-time': {
    type: 'string',
    value: '<time>',
    help: 'a moment, with its zone: 2026-11-21T15:30:00Z',
  },
  'to-label': {
    type: 'string',
    value: '<label>',
    help: 'the moment of a label of point-in-time recovery',
  },
  from: { type: 'string', value: '<folder>', help: 'a folder with backups, instead of the volume' },
  key: { type: 'string', value: '<file>', help: 'run: the age identity' },
  gpg: { type: 'boolean', help: 'run: have gpg open the key of the backup' },
  database: { type: 'string', value: '<name>', help: 'only this database of a backup' },
  table: { type: 'string', value: '<schema.name>', help: 'only this table of a backup' },
  sql: { type: 'boolean', help: 'run: print the table as SQL instead' },
  jobs: { type: 'string', value: '<n>', default: '2', help: 'run: streams at one time' },
} as const;

/** @throws UsageError for what does not go together */
export function checkValues(name: string, values: Values): void {
  if (values['sql'] === true && text(values, 'table') === undefined) {
    throw new UsageError('--sql prints one table: say which with --table');
  }
  if (text(values, 'key') !== undefined && values['gpg'] === true) {
    throw new UsageError('give the key with --key or with --gpg, not with both');
  }
  // `--jobs` has a default, so it is always there.
  if (name === 'switch') onlyTakes('restore switch', values, ['jobs', 'json']);
}
