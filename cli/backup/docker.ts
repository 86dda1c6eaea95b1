// Docker, as the commands about backups use it: volumes by label, and containers that live as long as a command.

import { spawn } from 'node:child_process';
import { UserError } from '../../lib/errors.ts';
import { run, runHere } from '../../lib/process.ts';
import { docker, runningContainer } from '../containers.ts';

/** Runs a command of the program in a running container of a stack, on this terminal. */
export async function dockerExec(
  stack: string,
  part: string,
  args: readonly string[],
  stdin = false,
): Promise<number> {
  const container = await containerId(stack, part);
  const input = stdin ? ['-i'] : [];
  return runHere('docker', ['exec', ...input, container, 'plinth-backup', ...args]);
}

/** The running container of a part. */
export async function containerId(stack: string, part: string): Promise<string> {
  const container = await runningContainer(stack, part);
  if (container !== undefined) return container;
  throw new UserError(
    `no ${part} container of ${stack} runs`,
    `run 'npx plinth up --stack ${stack}', and see that backup.enabled is not false`,
  );
}

/** A container that is gone when its command ends: no network, nothing it does not need. */
export interface EphemeralContainer {
  readonly image: string;
  readonly user: number;
  /** `volume:/path` or `volume:/path:ro`. */
  readonly volumes?: readonly string[];
  /** A container whose mounts it gets, read-only; `volumes` stand before them. */
  readonly volumesFrom?: string;
  /** @default none */
  readonly network?: string;
  readonly tmpBytes?: number;
  readonly entrypoint?: string;
  readonly args: readonly string[];
  /** @default false */
  readonly stdin?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

const TMP_BYTES = 256 * 1024 * 1024;

/** Arguments of `docker` that run one. */
export function ephemeralArguments(one: EphemeralContainer): string[] {
  const { image, user, volumes = [], tmpBytes = TMP_BYTES, entrypoint, stdin = false } = one;
  return [
    'run',
    '--rm',
    ...(stdin ? ['-i'] : []),
    '--user',
    `${String(user)}:${String(user)}`,
    '--network',
    one.network ?? 'none',
    '--read-only',
    '--cap-drop',
    'ALL',
    '--security-opt',
    'no-new-privileges',
    '--tmpfs',
    `/tmp:size=${String(tmpBytes)},noexec,nosuid,mode=1777`,
    '--label',
    'plinth.kind=command',
    ...Object.entries(one.labels ?? {}).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...(one.volumesFrom === undefined ? [] : ['--volumes-from', `${one.volumesFrom}:ro`]),
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    image,
    ...one.args,
  ];
}

/** Runs one on this terminal; what it reads is given to it, and is nowhere else. */
export function runEphemeral(one: EphemeralContainer, input: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ephemeralArguments({ ...one, stdin: true }), {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    // Ctrl-C reaches it as well; it clears up, and we do after it.
    const wait = (): void => undefined;
    process.on('SIGINT', wait);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Names of volumes with all of the given labels. */
export async function volumesWith(...labels: readonly string[]): Promise<string[]> {
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  const names = await docker(['volume', 'ls', '--quiet', ...filters]);
  return names.split('\n').filter((name) => name !== '');
}

/** Whether Docker has a volume of that name. */
export async function volumeExists(name: string): Promise<boolean> {
  const { code } = await run('docker', ['volume', 'inspect', '--format', '{{.Name}}', name]);
  return code === 0;
}
