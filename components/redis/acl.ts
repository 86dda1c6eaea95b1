import { createHash } from 'node:crypto';
import { WAITING, type RedisProfile } from './conf.ts';

export interface AclPasswords {
  readonly app: string;
  readonly monitor: string;
  readonly health: string;
}

const APP = '~* &* +@all -@admin -@dangerous -@scripting +info +client|setname +client|id';
const MONITOR = '-@all +ping +info +config|get +slowlog +latency +client|list +dbsize +select';
/** How long the lists of waiting jobs are, and nothing of what is in them. */
const LENGTHS = `%R~${WAITING} +scan +type +llen`;
const SCRIPTS = '+eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists';

/**
 * The users of one Redis, as its ACL file. Passwords are there as SHA-256 only, and there is no
 * default user. The application gets all data commands and none that reach the server itself. Scripts
 * have been the door of several holes, so only a queue gets them, whose libraries are written in them.
 */
export function aclFile(passwords: AclPasswords, kind: RedisProfile['kind']): string {
  const users: [string, string, string][] = [
    ['app', passwords.app, kind === 'queue' ? `${APP} ${SCRIPTS}` : APP],
    ['monitor', passwords.monitor, kind === 'queue' ? `${MONITOR} ${LENGTHS}` : MONITOR],
    ['health', passwords.health, '-@all +ping'],
  ];
  return [
    'user default off nopass -@all',
    ...users.map(([name, password, rules]) => `user ${name} on #${sha256(password)} ${rules}`),
    '',
  ].join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
