/** Rules of the backups that involve more than one setting. Pure. */
import type { EnvironmentConfig } from '../environment.ts';
import type { ConfigProblem } from '../errors.ts';

/** The session that holds the snapshot, and the one that dumps the definitions. */
export const connectionsBesideJobs = 2;

export function backupProblems(config: EnvironmentConfig): ConfigProblem[] {
  if (!config.backup.enabled) return [];
  return [
    ...recipientProblems(config),
    ...connectionProblems(config),
    ...repositoryProblems(config),
    ...drillProblems(config),
  ];
}

function recipientProblems({ preset, backup }: EnvironmentConfig): ConfigProblem[] {
  const known = backup.recipients.length + backup.gpgKeys.length > 0;
  if (preset !== 'large' || known || backup.acceptNoRecipient) return [];
  return [
    {
      paths: [
        ['backup', 'recipients'],
        ['backup', 'gpgKeys'],
      ],
      text: 'backup.recipients is empty but in the preset large a backup must be decryptable if the stack is lost: write a key that npx plinth backup keygen generated, or set backup.acceptNoRecipient to true',
    },
  ];
}

function connectionProblems({ users, backup }: EnvironmentConfig): ConfigProblem[] {
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

/** Reports settings that the type of the repository requires. */
function repositoryProblems({ backup }: EnvironmentConfig): ConfigProblem[] {
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
      text: `backup.pointInTime.repository is of kind ${repository.kind} but has no ${missing.join(', ')}: write ${missing.length === 1 ? 'it' : 'them'}, or set kind: local`,
    },
  ];
}

/** Without restore tests, there is no evidence that the backups can be restored. */
function drillProblems({ preset, backup }: EnvironmentConfig): ConfigProblem[] {
  if (preset !== 'large' || backup.drill.enabled) return [];
  return [
    {
      paths: [['backup', 'drill', 'enabled']],
      text: 'backup.drill.enabled is false but in the preset large the restore test is required: set it to true, or set a less frequent backup.drill.schedule',
    },
  ];
}
