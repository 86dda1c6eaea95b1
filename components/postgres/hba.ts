/**
 * Who may connect, and how. The first line that matches decides.
 *
 * Over the socket, which only the containers that mount it can reach: the server's own user as
 * superuser, the pooler as its look-up role, both known to the kernel by their user id and needing
 * no password; everyone else, which means the pooler on behalf of a client, with SCRAM.
 * Over TCP: the stack's network, which includes what Docker forwards from 127.0.0.1, with SCRAM.
 */
export function pgHba(): string {
  return table([
    ['# type', 'database', 'user', 'address', 'method'],
    ['local', 'all', 'postgres', '', 'peer'],
    ['local', 'all', 'pgbouncer', '', 'peer'],
    ['local', 'all', 'all', '', 'scram-sha-256'],
    ['host', 'all', 'pgbouncer', 'all', 'reject'],
    ['host', 'replication', 'all', 'all', 'reject'],
    ['host', 'all', 'all', 'samenet', 'scram-sha-256'],
  ]);
}

/** Empty on purpose: user ids have the same names in every image, so peer needs no map. */
export function pgIdent(): string {
  return '# map  system-user  role\n';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}
