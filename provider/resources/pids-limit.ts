import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { changedProperties, type Handler } from '../engine/handler.ts';

interface PidsLimitInputs {
  readonly container: string;
  readonly limit: number;
  readonly dockerHost?: string;
}

const run = promisify(execFile);

/** The limit lives in the container: it goes when the container goes, so there is no delete. */
export const pidsLimit: Handler<PidsLimitInputs> = {
  check: ({ limit }) =>
    Number.isInteger(limit) && limit > 0
      ? []
      : [
          {
            property: 'limit',
            reason: `limit is ${String(limit)}: a whole number above 0 is needed`,
          },
        ],
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['limit']),
    replace: changedProperties(state, inputs, ['container', 'dockerHost']),
  }),
  create: async (inputs) => {
    await setLimit(inputs);
    return { id: inputs.container, state: inputs };
  },
  read: async (_id, state) => {
    try {
      const { stdout } = await docker(state, [
        'inspect',
        '--format',
        '{{.HostConfig.PidsLimit}}',
        state.container,
      ]);
      return { ...state, limit: Number(stdout.trim()) || 0 };
    } catch (error) {
      if (String(error).includes('No such')) return undefined;
      throw error;
    }
  },
  update: async (_id, _state, inputs) => {
    await setLimit(inputs);
    return inputs;
  },
};

async function setLimit(inputs: PidsLimitInputs): Promise<void> {
  await docker(inputs, ['update', '--pids-limit', String(inputs.limit), inputs.container]);
}

function docker(inputs: PidsLimitInputs, args: string[]): Promise<{ stdout: string }> {
  const host = inputs.dockerHost === undefined ? [] : ['--host', inputs.dockerHost];
  return run('docker', [...host, ...args]);
}
