/** The rules of the backups that are about more than one setting. Pure. */
import type { EnvironmentConfig } from '../environment.ts';
import type { Problem } from '../problems.ts';

/** The snapshot's own session, and the one that dumps the definitions. */
export const connectionsBesideJobs = 2;

export function backupProblems(config: EnvironmentConfig): Problem[] {
  if (!config.backup.enabled) return [];
  return [
    ...recipientProblems(config),
    ...connectionProblems(config),
    ...repositoryProblems(config),
    ...drillProblems(config),
  ];
}

function recipientProblems({ preset, backup }: EnvironmentConfig): Problem[] {
  const known = backup.recipients.length + backup.gpgKeys.length > 0;
  if (preset !== 'large' || known || backup.acceptNoRecipient) return [];
  return [
    {
      paths: [
        ['backup', 'recipients'],
        ['backup', 'gpgKeys'],
      ],
      text: 'backup.recipients is empty but in the preset large somebody must be able to open a backup when the stack is lost: write a key that npx plinth backup keygen made, or set backup.acceptNoRecipient to true',
    },
  ];
}

function connectionProblems({ users, backup }: EnvironmentConfig): Problem[] {
  const needed = backup.jobs + connectionsBesideJobs;
  const { connectionLimit } = users.backup;
  if (connectionLimit >= needed) return [];
  return [
    {
      paths: [
        ['users', 'backup', 'connectionLimit'],
        ['backup', 'jobs'],
      ],
      text: `users.backup.connectionLimit is ${connectionLimit} but a backup with ${backup.jobs} jobs opens ${needed}: raise it or lower backup.jobs`,
    },
  ];
}

/** A place of a kind needs all of what that kind is made of. */
function repositoryProblems({ backup }: EnvironmentConfig): Problem[] {
  const { repository, enabled } = backup.pointInTime;
  if (!enabled) return [];
  const missing = Object.entries(repository)
    .filter(([, value]) => value === '')
    .map(([name]) => name);
  const [first] = missing;
  if (first === undefined) return [];
  return [
    {
      paths: [['backup', 'pointInTime', 'repository']],
      text: `backup.pointInTime.repository is of kind ${repository.kind} but has no ${missing.join(', ')}: write ${missing.length === 1 ? 'it' : 'them'}, or take kind: local`,
    },
  ];
}

/** Retention by a drill that nobody runs would be a promise without a proof. */
function drillProblems({ preset, backup }: EnvironmentConfig): Problem[] {
  if (preset !== 'large' || backup.drill.enabled) return [];
  return [
    {
      paths: [['backup', 'drill', 'enabled']],
      text: 'backup.drill.enabled is false but in the preset large a backup counts only once it has been restored: set it to true, or give the drill a rarer schedule',
    },
  ];
}
