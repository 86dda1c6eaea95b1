import { describe, expect, it } from '@jest/globals';
import { toolchain } from '../../../config/versions.ts';
import { stacksOf } from '../../../bootstrap/checkout.ts';
import { linkerFlags } from '../../../bootstrap/go-build.ts';
import { goSuffices, parseGoVersion } from '../../../bootstrap/go-toolchain.ts';
import { buildStep } from '../../../bootstrap/images.ts';
import { forcedOrigin } from '../../../bootstrap/official.ts';
import { optionalParts, parts } from '../../../bootstrap/parts.ts';

describe('parts', () => {
  it('are these', () => {
    expect(parts.map(({ id }) => id)).toEqual([
      'node',
      'npm',
      'docker',
      'go',
      'pulumi',
      'language-host',
      ...Object.keys(toolchain.plugins)
        .sort()
        .map((name) => `plugin-${name}`),
      'debootstrap',
      'base-image',
      'image-server',
      'image-postgres',
      'image-pgbouncer',
      'image-redis',
      'image-exporters',
      'image-backup',
      'image-prometheus',
      'image-alertmanager',
      'image-watch',
      'image-pgbadger',
      'image-grafana',
      'secrets',
      'stacks',
      'shim',
    ]);
  });

  it('need only parts that come before them, so that no two wait for each other', () => {
    parts.forEach(({ needs }, index) => {
      const before = parts.slice(0, index).map(({ id }) => id);
      expect(before).toEqual(expect.arrayContaining([...needs]));
    });
  });

  it('are optional only where something else reports them', () => {
    expect([...optionalParts]).toEqual(['go', 'debootstrap', 'image-grafana', 'shim']);
  });
});

describe('Go', () => {
  it.each([
    ['go version go1.26.8 linux/amd64', [1, 26], true],
    ['go version go1.24 linux/arm64', [1, 24], true],
    ['go version go1.19.8 linux/amd64', [1, 19], false],
    ['go version go2.0 linux/amd64', [2, 0], true],
  ] as const)('%s', (text, version, enough) => {
    expect(parseGoVersion(text)).toEqual(version);
    expect(goSuffices(version)).toBe(enough);
  });

  it('is not what says something else', () => {
    expect(parseGoVersion('command not found')).toBeUndefined();
  });

  it('sets variables in one order, whatever order they were given in', () => {
    expect(linkerFlags({ b: '2', a: '1' })).toBe('-s -w -X a=1 -X b=2');
  });
});

it('stacks are what has a file, dev first', () => {
  const files = [
    'Pulumi.yaml',
    'Pulumi.staging.yaml',
    'Pulumi.prod.yaml',
    'Pulumi.dev.yaml',
    'a.ts',
  ];
  expect(stacksOf(files)).toEqual(['dev', 'prod', 'staging']);
});

it('a build says which step it is at', () => {
  expect(buildStep('Step 3/9 : RUN plinth-install x')).toBe('step 3/9 RUN');
  expect(buildStep(' ---> 0123456789ab')).toBeUndefined();
});

it.each([
  ['official', true],
  ['build', false],
  ['', undefined],
  [undefined, undefined],
])('PLINTH_TOOLCHAIN=%s', (value, expected) => {
  expect(forcedOrigin(value)).toBe(expected);
});
