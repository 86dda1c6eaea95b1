import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pgHba, pgIdent } from '../../../components/postgres/hba.ts';
import { bootstrapSql } from '../../../components/postgres/bootstrap.ts';
import { scramVerifier } from '../../../components/roles/scram.ts';
import { PASSWORD } from './containers.ts';

/** What the platform's Postgres reads, in two folders to mount. */
export function serverFiles(folder: string): { readonly config: string; readonly secrets: string } {
  const config = path.join(folder, 'config');
  const secrets = path.join(folder, 'secrets');
  const files: Readonly<Record<string, string>> = {
    [path.join(config, 'postgresql.conf')]: [
      "listen_addresses = '*'",
      "unix_socket_directories = '/run/postgresql'",
      "hba_file = '/etc/plinth/pg_hba.conf'",
      "ident_file = '/etc/plinth/pg_ident.conf'",
      'fsync = off',
      '',
    ].join('\n'),
    [path.join(config, 'pg_hba.conf')]: pgHba(),
    [path.join(config, 'pg_ident.conf')]: pgIdent(),
    [path.join(config, 'bootstrap.sql')]: bootstrapSql(),
    [path.join(secrets, 'superuser.verifier')]: scramVerifier(
      PASSWORD,
      Buffer.alloc(16, 1).toString('base64'),
    ),
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content, { mode: 0o644 });
  }
  return { config, secrets };
}
