import * as pulumi from '@pulumi/pulumi';
import type { AccessPlan } from '../../rls/model/plan.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { ServiceContainer } from '../container/service.ts';
import { projectText } from '../project-files.ts';
import type { Credential, MetricsTarget, EnvironmentContext } from '../types.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { DrillKey } from './drill-key.ts';
import { persistentVolume } from '../container/persistent-volume.ts';
import type { Repository } from './repository.ts';
import { accessJson, backupJson } from './settings.ts';

export interface BackupsArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: EnvironmentConfig;
  readonly access: AccessPlan | undefined;
  readonly server: PostgresServer;
  /** Reads everything, writes nothing. */
  readonly login: Credential;
  /** Where point-in-time recovery keeps what it needs; undefined where it is off. */
  readonly repository: Repository | undefined;
}

const UID = 10005;
/** The server's own user: it reads its files, and the server knows it by peer. */
const POSTGRES_UID = 10001;
const METRICS_PORT = 9188;
const MIB = 1024 * 1024;
const BACKUPS = '/var/lib/backup';
const DRILL = '/var/lib/drill';

/** Logical backups, point-in-time recovery, and the drill that restores them. */
export class Backups extends pulumi.ComponentResource {
  readonly metrics: readonly MetricsTarget[];
  /** Holds the logical backups. */
  readonly volume: pulumi.Output<string>;

  constructor(name: string, args: BackupsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:backup:Backups', name, {}, opts);
    const { config, repository } = args;
    const { volume } = config.postgres;
    const { directory, drill } = config.backup;
    const key = new DrillKey('drill-key', { rotation: drill.keyRotation }, { parent: this });
    const kept = { stack: args.stack, onDestroy: volume.onDestroy };
    const volumes: Volumes = {
      backups: persistentVolume(
        'backups',
        { ...kept, part: 'backup', holds: 'backups', directory },
        this,
      ).name,
      reports: persistentVolume('drill-reports', { ...kept, part: 'drill', holds: 'reports' }, this)
        .name,
    };
    this.volume = volumes.backups;
    const settings = (user: string) => ({ 'backup.json': settingsFile(args, key, user) });
    const withoutLogin = settings(config.users.backup.name);

    logicalBackups(args, settings(args.login.user), volumes, this);
    if (repository !== undefined) pointInTime(args, withoutLogin, repository, this);
    if (drill.enabled) drills(args, withoutLogin, volumes, key, this);
    this.metrics = ['backup', ...(repository === undefined ? [] : ['pgbackrest'])].map((part) => ({
      job: part,
      host: part,
      port: METRICS_PORT,
      path: '/metrics',
    }));
    this.registerOutputs();
  }
}

/** A backup that fails makes its container unhealthy, and must not be in the way of the update that mends it. */
const NO_WAIT = { awaitReady: false } as const;

interface Volumes {
  readonly backups: pulumi.Output<string>;
  readonly reports: pulumi.Output<string>;
}
type Files = Readonly<Record<string, pulumi.Input<string>>>;

/** Only who logs in is told the login: a rotation leaves the others alone. */
function settingsFile(
  { config, server }: BackupsArgs,
  key: DrillKey,
  user: string,
): pulumi.Output<string> {
  const gpgKeys = config.backup.gpgKeys.map(projectText);
  return key.recipient.apply((drillRecipient) =>
    backupJson({ config, server: server.internal, user, drillRecipient, gpgKeys }),
  );
}

/** In the stack's network, as the role that reads everything; it can encrypt, and open nothing. */
function logicalBackups(
  args: BackupsArgs,
  publicFiles: Files,
  volumes: Volumes,
  parent: pulumi.Resource,
): void {
  const { memoryBytes, cpus, jobs } = args.config.backup;
  new ServiceContainer(
    'backup',
    {
      ...args,
      ...NO_WAIT,
      part: 'backup',
      uid: UID,
      command: ['serve'],
      // A stream is four processes, and Node has a dozen threads.
      limits: { memoryBytes, cpus, pids: 64 + 16 * jobs, graceSec: 30, tmpBytes: 64 * MIB },
      publicFiles,
      secretFiles: { password: args.login.password },
      volumes: [
        { volume: volumes.backups, path: BACKUPS },
        { volume: volumes.reports, path: DRILL, readOnly: true },
      ],
    },
    { parent },
  );
}

/** As the server's own user: it reads the server's files, which it cannot change. */
function pointInTime(
  args: BackupsArgs,
  publicFiles: Files,
  repository: Repository,
  parent: pulumi.Resource,
): void {
  const { memoryBytes, cpus } = args.config.backup.pointInTime;
  new ServiceContainer(
    'pgbackrest',
    {
      ...args,
      ...NO_WAIT,
      part: 'pgbackrest',
      uid: POSTGRES_UID,
      command: ['pitr', 'serve'],
      limits: { memoryBytes, cpus, pids: 64, graceSec: 30, tmpBytes: 64 * MIB },
      publicFiles,
      secretFiles: repository.secretFiles,
      volumes: [
        { volume: args.server.dataVolume.name, path: '/var/lib/postgresql', readOnly: true },
        { volume: args.server.socketVolume, path: '/run/postgresql' },
        ...repository.mounts,
      ],
    },
    { parent },
  );
}

/** Without a network: what it restores is everything there is, in clear text. */
function drills(
  args: BackupsArgs,
  settings: Files,
  volumes: Volumes,
  key: DrillKey,
  parent: pulumi.Resource,
): void {
  const { memoryBytes, cpus } = args.config.backup.drill;
  const { access } = args;
  new ServiceContainer(
    'drill',
    {
      ...args,
      ...NO_WAIT,
      part: 'drill',
      uid: UID,
      command: ['drill', 'serve'],
      network: undefined,
      limits: {
        memoryBytes,
        cpus,
        pids: 128,
        graceSec: 30,
        tmpBytes: 64 * MIB,
        shmBytes: Math.floor(memoryBytes / 4),
      },
      publicFiles:
        access === undefined ? settings : { ...settings, 'access.json': accessJson(access) },
      secretFiles: { identity: key.identity },
      volumes: [
        { volume: volumes.backups, path: BACKUPS, readOnly: true },
        { volume: volumes.reports, path: DRILL },
      ],
    },
    { parent },
  );
}
