/**
 * Who may connect to the pooler, and how. Over its socket: the two operating-system users that
 * share it. Over TCP: everyone with a SCRAM password, except those two.
 */
export function pgbouncerHba(): string {
  return [
    '# type  database   user       address    method',
    'local   pgbouncer  postgres              peer',
    'local   all        pgbouncer             peer',
    'host    all        postgres   0.0.0.0/0  reject',
    'host    all        pgbouncer  0.0.0.0/0  reject',
    'host    all        all        0.0.0.0/0  scram-sha-256',
    '',
  ].join('\n');
}

/**
 * The two who come in by their user id, without a password. They must be known without a question
 * to the server: the one who resumes a paused pool would otherwise wait in it himself.
 */
export function userlist(): string {
  return '"postgres" ""\n"pgbouncer" ""\n';
}

/** Empty on purpose: user ids have the same names in every image, so peer needs no map. */
export function pgbouncerIdent(): string {
  return '# map  system-user  role\n';
}
