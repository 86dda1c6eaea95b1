import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { FULL } from '../support/full.ts';
import { TestStack } from '../support/stack.ts';
import { wrongConfigs } from '../support/wrong-configs.ts';

/** Mistakes in an environment file, met by a real `pulumi up`. */
describe('a wrong environment file', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.create('t-wrong');
  });
  afterAll(() => stack.remove());

  // Each takes a start of the engine, so one mistake of each kind is enough here: a value, settings that contradict each
  // other, and below a port. The unit tests go through all of them.
  // A value that is no number does not even pass Pulumi's own reading of the file.
  const some = FULL
    ? wrongConfigs.filter(([, yaml], index) => index % 4 === 0 && !yaml.includes('.nan'))
    : wrongConfigs.filter(([kind]) => ['size 1G', 'pools over max_connections'].includes(kind));

  it('is among the known mistakes', () => {
    expect(some.length).toBeGreaterThanOrEqual(2);
  });

  it.each(some)('%s: one clear error', async (_kind, yaml, sentence) => {
    const settings = Object.entries(parse(yaml) as Record<string, unknown>);
    stack.write(Object.fromEntries(settings.map(([key, value]) => [`plinth:${key}`, value])));
    const { code, output } = await stack.pulumi('up', '--yes', '--skip-preview');
    expect(code).not.toBe(0);
    expect(output).toContain(sentence);
    expect(output).toContain('nothing was touched');
    // The program's own words, not a stack trace.
    expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/);
  });

  it('a port that somebody else listens on: says which, and touches nothing', async () => {
    const stranger = createServer().listen(stack.ports.pooled, '127.0.0.1');
    try {
      stack.configure({});
      const { code, output } = await stack.pulumi('up', '--yes', '--skip-preview');
      expect(code).not.toBe(0);
      expect(output).toContain(
        `pgbouncer.port is ${String(stack.ports.pooled)} but 127.0.0.1:${String(stack.ports.pooled)} is used by another program`,
      );
    } finally {
      await new Promise((done) => stranger.close(done));
    }
  });

  it('and nothing was made in the whole time', async () => {
    expect(await stack.inDocker()).toEqual({ containers: [], networks: [], volumes: [] });
    const state = JSON.parse(await stack.expect('stack', 'export')) as {
      deployment: { resources?: { type: string }[] };
    };
    const types = (state.deployment.resources ?? []).map(({ type }) => type);
    expect(types.filter((type) => type !== 'pulumi:pulumi:Stack')).toEqual([]);
  });
});
