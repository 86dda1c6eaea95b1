// Where the commands are. Each is loaded only when it is called.

import type { Command } from './command.ts';
import type { summaries } from './overview.mjs';

type Loader = () => Promise<{ command: Command }>;

export const commands: Readonly<Record<string, Loader>> = {
  up: () => import('./commands/up.ts'),
  down: () => import('./commands/down.ts'),
  status: () => import('./commands/status.ts'),
  urls: () => import('./commands/urls.ts'),
  alerts: () => import('./commands/alerts.ts'),
  logs: () => import('./commands/logs.ts'),
  access: () => import('./commands/access.ts'),
  psql: () => import('./commands/psql.ts'),
  doctor: () => import('./commands/doctor.ts'),
  setup: () => import('./commands/setup.ts'),
  recover: () => import('./commands/recover.ts'),
  adopts: () => import('./commands/adopts.ts'),
  env: () => import('./commands/env.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  drill: () => import('./commands/drill.ts'),
  prove: () => import('./commands/prove.ts'),
  test: () => import('./commands/test.ts'),
  bench: () => import('./commands/bench.ts'),
  check: () => import('./commands/check.ts'),
  docs: () => import('./commands/docs.ts'),
  build: () => import('./commands/build.ts'),
} satisfies Record<keyof typeof summaries, Loader>;
