import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { changedProperties, type Handler } from '../engine/handler.ts';

export interface RollbackPointInputs {
  readonly stack: string;
  /** What the backup is called: `before-migrations`. */
  readonly label: string;
  /** What is about to be done when it changes: lines for people by the name of what they are about. */
  readonly before: Readonly<Record<string, string>>;
  readonly dockerHost?: string;
}

const run = promisify(execFile);
const MAX_OUTPUT = 16 * 1024 * 1024;

/** A backup before something that cannot be taken back. The backup belongs to nobody: it stays, as all others do. */
export const rollbackPoint: Handler<RollbackPointInputs> = {
  check: ({ label }) =>
    /^[a-z0-9-]{1,40}$/.test(label)
      ? []
      : [{ property: 'label', reason: `label is ${JSON.stringify(label)}: write a-z, 0-9 and -` }],
  diff: (state, inputs) => {
    const changed = changedProperties(state, inputs, ['before']);
    const about = differing(state.before, inputs.before);
    return {
      changed,
      replace: changedProperties(state, inputs, ['stack', 'label']),
      words:
        about.length === 0
          ? []
          : [`a backup called ${inputs.label} is taken first, because of ${about.join(', ')}`],
    };
  },
  create: async (inputs) => {
    await takeBackup(inputs);
    return { id: inputs.label, state: inputs };
  },
  update: async (_id, _state, inputs) => {
    await takeBackup(inputs);
    return inputs;
  },
};

/** Names of what is there on one side only, or not the same on both. */
function differing(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

/** An environment that has nothing running has nothing to lose yet. */
async function takeBackup(inputs: RollbackPointInputs): Promise<void> {
  const container = await backupContainer(inputs);
  if (container === undefined) return;
  try {
    await docker(inputs, ['exec', container, 'plinth-backup', 'now', '--label', inputs.label]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    throw new Error(
      `no backup could be taken before ${Object.keys(inputs.before).join(', ')} (${last}): see 'npx plinth backup now --stack ${inputs.stack}', or set backup.rollbackPoints to false`,
      { cause: error },
    );
  }
}

async function backupContainer(inputs: RollbackPointInputs): Promise<string | undefined> {
  const labels = [
    `plinth.stack=${inputs.stack}`,
    'plinth.part=backup',
    'plinth.kind=service',
  ].flatMap((label) => ['--filter', `label=${label}`]);
  const { stdout } = await docker(inputs, ['ps', '--quiet', ...labels]);
  return stdout.split('\n').find((id) => id !== '');
}

function docker(inputs: RollbackPointInputs, args: string[]): Promise<{ stdout: string }> {
  const host = inputs.dockerHost === undefined ? [] : ['--host', inputs.dockerHost];
  return run('docker', [...host, ...args], { maxBuffer: MAX_OUTPUT });
}
