/** Adds the defaults of the backups. Pure. Checks nothing. */
import type { Preset } from '../presets.ts';
import type { EnvironmentInput } from '../schema.ts';
import type { BackupConfig, PointInTimeConfig, RepositoryConfig } from './config.ts';

type Input = NonNullable<EnvironmentInput['backup']>;
type PointInTimeInput = NonNullable<Input['pointInTime']>;

export function resolveBackup(input: Input, preset: Preset, stack: string): BackupConfig {
  const { retention = {}, drill = {}, directory } = input;
  const sizes = preset.backup;
  return {
    enabled: input.enabled ?? true,
    schedule: input.schedule ?? '15 2 * * *',
    recipients: input.recipients ?? [],
    gpgKeys: input.gpgKeys ?? [],
    acceptNoRecipient: input.acceptNoRecipient ?? false,
    ...(directory === undefined ? {} : { directory }),
    compressionLevel: input.compressionLevel ?? 3,
    jobs: input.jobs ?? 2,
    memoryBytes: input.memory ?? sizes.memoryBytes,
    cpus: input.cpus ?? sizes.cpus,
    retention: {
      days: retention.days ?? 30,
      weekly: retention.weekly ?? 8,
      monthly: retention.monthly ?? 12,
      yearly: retention.yearly ?? 3,
    },
    rollbackPoints: input.rollbackPoints ?? sizes.rollbackPoints,
    drill: {
      enabled: drill.enabled ?? true,
      schedule: drill.schedule ?? '15 4 * * *',
      keyRotation: drill.key?.rotation ?? 1,
      memoryBytes: drill.memory ?? sizes.drillMemoryBytes,
      cpus: drill.cpus ?? sizes.cpus,
    },
    pointInTime: pointInTime(input.pointInTime ?? {}, preset, stack),
  };
}

function pointInTime(input: PointInTimeInput, preset: Preset, stack: string): PointInTimeConfig {
  return {
    enabled: input.enabled ?? true,
    archiveTimeoutSec: Math.round((input.archiveTimeout ?? 60_000) / 1000),
    schedule: {
      full: input.full ?? '0 1 * * 0',
      differential: input.differential ?? '0 1 * * 1-6',
      incremental: input.incremental ?? '0 5,11,17,23 * * *',
      verify: input.verify ?? '30 5 * * 6',
    },
    retention: { full: input.keepFull ?? 2, differential: input.keepDifferential ?? 7 },
    repository: repository(input.repository ?? {}, stack),
    memoryBytes: input.memory ?? preset.backup.pointInTimeMemoryBytes,
    cpus: input.cpus ?? preset.backup.cpus,
  };
}

/** A missing value is an empty string here. `checks.ts` reports it. */
function repository(
  input: NonNullable<PointInTimeInput['repository']>,
  stack: string,
): RepositoryConfig {
  const path = input.path ?? `/plinth/${stack}`;
  switch (input.kind) {
    case 's3':
      return {
        kind: 's3',
        bucket: input.bucket ?? '',
        endpoint: input.endpoint ?? '',
        region: input.region ?? '',
        credentialsFile: input.credentialsFile ?? '',
        path,
      };
    case 'sftp':
      return {
        kind: 'sftp',
        host: input.host ?? '',
        user: input.user ?? '',
        privateKeyFile: input.privateKeyFile ?? '',
        hostFingerprint: input.hostFingerprint ?? '',
        path,
      };
    case 'local':
    case undefined:
      return { kind: 'local' };
  }
}
