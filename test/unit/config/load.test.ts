import { afterEach, describe, expect, it } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { loadConfig } from '../../../config/load.ts';
import type { Machine } from '../../../config/ports.ts';

const application = { database: 'shop' };

/** A machine with room for everything. */
const machine: Machine = {
  memoryBytes: 1024 ** 4,
  portProblem: () => Promise.resolve(undefined),
  containers: () => Promise.resolve([]),
};

function given(config: Record<string, string>, { stack = 'dev', preview = false } = {}) {
  pulumi.runtime.setAllConfig(config);
  return pulumi.runtime.setMocks(
    { newResource: ({ inputs }) => ({ id: 'id', state: inputs as object }), call: () => ({}) },
    'plinth',
    stack,
    preview,
  );
}

describe('loadConfig', () => {
  afterEach(() => pulumi.runtime.setAllConfig({}));

  it('reads what Pulumi has', async () => {
    await given(
      { 'plinth:preset': 'medium', 'plinth:pgbouncer': '{"port":7000}', 'docker:host': 'x' },
      { stack: 'staging' },
    );
    const config = await loadConfig(application, machine);
    expect([config.project, config.stack, config.preset, config.pgbouncer.port]).toEqual([
      'plinth',
      'staging',
      'medium',
      7000,
    ]);
    expect(config.postgres.database).toBe('shop');
  });

  it('ends the program without a stack trace when something is wrong', async () => {
    await given({ 'plinth:preset': 'huge' });
    const thrown: unknown = await loadConfig(application, machine).catch((error: unknown) => error);
    expect(pulumi.RunError.isInstance(thrown)).toBe(true);
    const sentence =
      'Pulumi.dev.yaml has one mistake, nothing was touched:\n  preset is "huge" but must be small, medium or large: choose one of them';
    expect((thrown as Error).message).toBe(sentence);
    expect((thrown as Error).stack).toBe(sentence);
  });

  it('lets a preview-only stack be previewed and not brought up', async () => {
    const config = { 'plinth:docker': '{"previewOnly":true}' };
    await given(config, { preview: true });
    expect((await loadConfig(application, machine)).docker).toEqual({ previewOnly: true });
    await given(config);
    await expect(loadConfig(application, machine)).rejects.toThrow(
      'docker.previewOnly is true but this is an up of dev: run pulumi preview, or set docker.previewOnly to false',
    );
  });
});
