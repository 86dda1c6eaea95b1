import { importsFollowTheArrow } from '../../../eslint/imports-follow-the-arrow.js';
import { at, tester } from './tester.ts';

const options = [
  {
    config: [],
    toolchain: ['config'],
    components: ['config', 'toolchain/image-tag.ts'],
    observability: ['config', 'components'],
    'index.ts': ['config', 'components', 'observability'],
  },
];
const valid = (file: string, code: string) => ({ filename: at(file), code, options });
const invalid = (file: string, code: string, messageId: string, data: Record<string, string>) => ({
  ...valid(file, code),
  errors: [{ messageId, data }],
});

tester.run('imports-follow-the-arrow', importsFollowTheArrow, {
  valid: [
    valid('components/redis/acl.ts', `import { MIB } from '../../config/units.ts';`),
    valid('components/redis/redis.ts', `import { labels } from '../container/names.ts';`),
    valid('components/images.ts', `import { imageTag } from '../toolchain/image-tag.ts';`),
    valid('components/images.ts', `import * as docker from '@pulumi/docker';`),
    valid('config/presets.ts', `import { MIB } from './units.ts';`),
    valid('index.ts', `export * from './components/environment.ts';`),
    // What is not in the table imports what it likes.
    valid('test/components/whole.test.ts', `await import('../../index.ts');`),
  ],
  invalid: [
    invalid(
      'components/redis/redis.ts',
      `import { rules } from '../../observability/rules/redis.ts';`,
      'wrongWay',
      {
        from: 'components',
        to: 'observability/rules/redis.ts',
        allowed: 'config, toolchain/image-tag.ts',
      },
    ),
    invalid('config/load.ts', `import type { A } from '../components/handles.ts';`, 'wrongWay', {
      from: 'config',
      to: 'components/handles.ts',
      allowed: 'itself',
    }),
    invalid('components/images.ts', `import '../toolchain/doctor.ts';`, 'wrongWay', {
      from: 'components',
      to: 'toolchain/doctor.ts',
      allowed: 'config, toolchain/image-tag.ts',
    }),
    invalid('config/load.ts', `export { a } from '../components/a.ts';`, 'wrongWay', {
      from: 'config',
      to: 'components/a.ts',
      allowed: 'itself',
    }),
    invalid('config/load.ts', `export * from '../test/a.ts';`, 'wrongWay', {
      from: 'config',
      to: 'test/a.ts',
      allowed: 'itself',
    }),
    invalid('config/load.ts', `type A = import('../components/a.ts').A;`, 'wrongWay', {
      from: 'config',
      to: 'components/a.ts',
      allowed: 'itself',
    }),
    invalid('observability/scrape.ts', `const a = await import('../index.ts');`, 'ofTheTop', {
      from: 'observability',
    }),
  ],
});
