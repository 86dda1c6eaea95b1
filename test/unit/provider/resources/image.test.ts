import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as module from '../../../../provider/resources/image.ts';

/** The engine's images by name, what was built in order, and what a build answers. */
const engine = new Map<string, string>();
let builds: string[] = [];
let hosts: (string | undefined)[] = [];
let buildError: Error | undefined;
let running = 0;
let peak = 0;

async function answer(args: string[]): Promise<{ stdout: string }> {
  const host = args[0] === '--host' ? args[1] : undefined;
  hosts.push(host);
  const words = host === undefined ? args : args.slice(2);
  if (words[0] === 'image') {
    const reference = words.at(-1) ?? '';
    const id = engine.get(reference);
    if (id === undefined) throw new Error(`Command failed\nError: No such image: ${reference}`);
    return { stdout: `${id}\n` };
  }
  const reference = words[words.indexOf('--tag') + 1] ?? '';
  peak = Math.max(peak, (running += 1));
  builds.push(reference);
  await new Promise((resolve) => setImmediate(resolve));
  running -= 1;
  if (buildError !== undefined) throw buildError;
  engine.set(reference, `sha256:built-${reference}`);
  return { stdout: '' };
}

jest.mock('node:os', () => ({
  ...jest.requireActual<object>('node:os'),
  availableParallelism: () => 2,
}));
jest.mock('node:child_process', () => {
  const execFile = (): never => {
    throw new Error('only its promise is used');
  };
  return {
    execFile: Object.assign(execFile, {
      [Symbol.for('nodejs.util.promisify.custom')]: (_program: string, args: string[]) =>
        answer(args),
    }),
  };
});

let image: typeof module.image;

beforeAll(async () => {
  ({ image } = await import('../../../../provider/resources/image.ts'));
});

const BASE = 'plinth/base:0';
const of = (name: string): module.ImageInputs => ({
  reference: `plinth/${name}:1`,
  context: `./images/${name}`,
  buildArgs: { BASE },
});
const server = of('server');
const on = (name: string): module.ImageInputs => ({
  ...of(name),
  buildArgs: { BASE: server.reference },
  on: server,
});

beforeEach(() => {
  engine.clear();
  engine.set(BASE, 'sha256:base');
  builds = [];
  hosts = [];
  buildError = undefined;
  peak = 0;
});

describe('an image', () => {
  it('that set-up has built is taken as it is', async () => {
    engine.set('plinth/redis:1', 'sha256:redis');
    expect(await image.create(of('redis'))).toEqual({
      id: 'plinth/redis',
      state: { ...of('redis'), imageId: 'sha256:redis' },
    });
    expect(builds).toEqual([]);
  });

  it('that does not exist is built', async () => {
    const { state } = await image.create(of('redis'));
    expect(state.imageId).toBe('sha256:built-plinth/redis:1');
    expect(builds).toEqual(['plinth/redis:1']);
  });

  it('that two others stand on is built once, before them', async () => {
    await Promise.all([image.create(on('postgres')), image.create(on('backup'))]);
    expect(builds[0]).toBe('plinth/server:1');
    expect([...builds].sort()).toEqual(['plinth/backup:1', 'plinth/postgres:1', 'plinth/server:1']);
  });

  it('waits for its turn: no more are built at a time than there are cores', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => image.create(of(name))));
    expect(builds).toHaveLength(5);
    expect(peak).toBe(2);
  });

  it('is not built where its base is missing, and says what to do', async () => {
    engine.delete(BASE);
    await expect(image.create(of('redis'))).rejects.toThrow(
      "the image plinth/redis:1 stands on plinth/base:0, which this engine does not have: run 'npx plinth setup'",
    );
    await expect(image.create({ ...of('redis'), dockerHost: 'ssh://x' })).rejects.toThrow(
      "run 'DOCKER_HOST=ssh://x npx plinth setup'",
    );
    expect(builds).toEqual([]);
  });

  it('that fails to build says so with the last lines, and can be built later', async () => {
    buildError = Object.assign(new Error('Command failed'), { stderr: 'E: no mirror\n' });
    await expect(image.create(of('redis'))).rejects.toThrow(
      'the image plinth/redis:1 could not be built:\n\nE: no mirror',
    );
    buildError = undefined;
    await expect(image.create(of('redis'))).resolves.toBeDefined();
  });

  it('belongs to the engine that the environment is on', async () => {
    await image.create({ ...of('redis'), dockerHost: 'ssh://x' });
    expect(new Set(hosts)).toEqual(new Set(['ssh://x']));
  });

  it('changes only with its reference or its engine, and in place', () => {
    const state = { ...of('redis'), imageId: 'sha256:redis' };
    expect(image.diff(state, of('redis'))).toEqual({ changed: [] });
    expect(image.diff(state, { ...of('redis'), context: './elsewhere' })).toEqual({ changed: [] });
    expect(image.diff(state, { ...of('redis'), reference: 'plinth/redis:2' })).toEqual({
      changed: ['reference'],
    });
    expect(image.diff(state, { ...of('redis'), dockerHost: 'ssh://x' })).toEqual({
      changed: ['dockerHost'],
    });
  });

  it('with a new reference is built before anything stops', async () => {
    const state = { ...of('redis'), imageId: 'sha256:redis' };
    const next = { ...of('redis'), reference: 'plinth/redis:2' };
    expect(await image.update?.('plinth/redis', state, next)).toEqual({
      ...next,
      imageId: 'sha256:built-plinth/redis:2',
    });
  });

  it('is read from the engine: gone when it is gone, not gone because the engine is', async () => {
    const state = { ...of('redis'), imageId: 'sha256:old' };
    expect(await image.read?.('plinth/redis', state)).toBeUndefined();
    engine.set('plinth/redis:1', 'sha256:new');
    expect(await image.read?.('plinth/redis', state)).toEqual({ ...state, imageId: 'sha256:new' });
  });

  it('stays when the resource goes: other stacks use it', () => {
    expect(image.delete).toBeUndefined();
  });
});
