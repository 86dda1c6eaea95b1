import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

describe('the light SDK', () => {
  function program(code: string): unknown {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        ...['--import', './bootstrap/light-sdk.mjs', '--input-type=module', '-e', code],
      ],
      { cwd: root, encoding: 'utf8' },
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as unknown;
  }
  const cached = `
    import { createRequire } from 'node:module';
    const { cache } = createRequire(import.meta.url);
    const files = () => Object.keys(cache).filter((file) => cache[file].children.length > 0 || cache[file].parent);`;

  it('does not load the compiler, nor npm, nor the automation API', () => {
    const loaded = program(`
      import '@pulumi/docker';${cached}
      console.log(JSON.stringify(files()));`) as string[];
    expect(loaded.length).toBeGreaterThan(100);
    expect(
      loaded.filter((file) => /\/(typescript|arborist|execa|@npmcli)\/|\/automation\//.test(file)),
    ).toEqual([]);
  });

  it('has it all the same for those who ask', () => {
    expect(
      program(`
        import pulumi from '@pulumi/pulumi';
        const two = 2;
        const { text } = await pulumi.runtime.serializeFunction(() => two);
        console.log(JSON.stringify([text.includes('two: 2'), typeof pulumi.automation.LocalWorkspace]));
      `),
    ).toEqual([true, 'function']);
  });

  it('keeps the stack traces of errors', () => {
    expect(
      program(`
        import pulumi from '@pulumi/pulumi';
        pulumi.output(1);
        console.log(JSON.stringify(new Error('here').stack.split('\\n').length > 1));
      `),
    ).toBe(true);
  });
});
