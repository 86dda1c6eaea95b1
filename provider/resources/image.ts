import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { baseOf, buildChain, buildCommand, buildEnvironment } from '../../bootstrap/image-build.ts';
import type { ImageBuild } from '../../bootstrap/image-list.ts';
import { limitToCores } from '../../lib/limit.ts';
import { changedProperties, type Handler } from '../engine/handler.ts';

export interface ImageInputs extends ImageBuild {
  readonly dockerHost?: string;
}

export interface ImageState extends ImageInputs {
  readonly imageId: string;
}

const PROJECT = path.resolve(import.meta.dirname, '../..');
const MAX_OUTPUT = 64 * 1024 * 1024;
const LAST_LINES = 8;

const run = promisify(execFile);
const turn = limitToCores();
/** Images that are being built, so that one which two others stand on is built once. */
const building = new Map<string, Promise<void>>();

/** An image of ours on the engine. The tag names the content, so a reference that is there needs no build. */
export const image: Handler<ImageInputs, ImageState> = {
  // In place: a replacement would take the containers away for as long as the build takes.
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['reference', 'dockerHost']),
  }),
  create: async (inputs) => ({
    id: inputs.reference.replace(/:.*$/, ''),
    state: { ...inputs, imageId: await provide(inputs) },
  }),
  read: async (_id, state) => {
    const imageId = await idOf(state.reference, state);
    return imageId === undefined ? undefined : { ...state, imageId };
  },
  update: async (_id, _state, inputs) => ({ ...inputs, imageId: await provide(inputs) }),
};

async function provide(inputs: ImageInputs): Promise<string> {
  const found = await idOf(inputs.reference, inputs);
  if (found !== undefined) return found;
  for (const build of buildChain(inputs)) await once(build, inputs);
  const built = await idOf(inputs.reference, inputs);
  if (built !== undefined) return built;
  throw new Error(
    `the image ${inputs.reference} is gone right after its build: does anything clean up images meanwhile?`,
  );
}

function once(build: ImageBuild, on: ImageInputs): Promise<void> {
  const key = `${on.dockerHost ?? ''} ${build.reference}`;
  const started =
    building.get(key) ?? turn(() => buildMissing(build, on)).finally(() => building.delete(key));
  building.set(key, started);
  return started;
}

async function buildMissing(build: ImageBuild, on: ImageInputs): Promise<void> {
  if ((await idOf(build.reference, on)) !== undefined) return;
  const base = baseOf(build);
  if ((await idOf(base, on)) === undefined) {
    const where = on.dockerHost === undefined ? '' : `DOCKER_HOST=${on.dockerHost} `;
    throw new Error(
      `the image ${build.reference} stands on ${base}, which this engine does not have: run '${where}npx plinth setup'`,
    );
  }
  try {
    await docker(on, buildCommand(build));
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const last = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(
      `the image ${build.reference} could not be built:\n${last}\ncheck that containers reach the Debian mirror, and run again`,
      { cause: error },
    );
  }
}

/** The id of an image; undefined where the engine does not have it. */
async function idOf(reference: string, on: ImageInputs): Promise<string | undefined> {
  try {
    const { stdout } = await docker(on, ['image', 'inspect', '--format', '{{.Id}}', reference]);
    return stdout.trim();
  } catch (error) {
    if (/no such image/i.test(String(error))) return undefined;
    throw error;
  }
}

function docker(on: ImageInputs, args: string[]): Promise<{ stdout: string }> {
  const host = on.dockerHost === undefined ? [] : ['--host', on.dockerHost];
  return run('docker', [...host, ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...buildEnvironment },
    maxBuffer: MAX_OUTPUT,
  });
}
