import { onlyIn } from '../../../eslint/only-in.js';
import { at, tester } from './tester.ts';

const options = [
  {
    module: '@pulumi/docker',
    members: ['Container'],
    places: ['components/container/'],
    why: 'make a ServiceContainer',
  },
  {
    module: '@pulumi/pulumi',
    members: ['Config', 'runtime.allConfig'],
    places: ['config/load.ts'],
    why: 'take settings as arguments',
  },
];
const valid = (file: string, code: string) => ({ filename: at(file), code, options });
const invalid = (code: string, member: string) => ({
  ...valid('components/redis/redis.ts', code),
  errors: [
    {
      messageId: 'elsewhere',
      data:
        member === 'Container'
          ? { member, places: 'components/container/', why: 'make a ServiceContainer' }
          : { member, places: 'config/load.ts', why: 'take settings as arguments' },
    },
  ],
});

tester.run('only-in', onlyIn, {
  valid: [
    valid(
      'components/container/service.ts',
      `import * as docker from '@pulumi/docker'; new docker.Container('a', {});`,
    ),
    valid(
      'config/load.ts',
      `import * as pulumi from '@pulumi/pulumi'; new pulumi.Config(); pulumi.runtime.allConfig();`,
    ),
    valid('components/a.ts', `import * as docker from '@pulumi/docker'; new docker.Volume('a');`),
    valid('components/a.ts', `import * as docker from '@pulumi/docker'; let a: docker.Container;`),
    valid('components/a.ts', `import type { Container } from '@pulumi/docker';`),
    valid('components/a.ts', `import { type Container, Volume } from '@pulumi/docker';`),
    valid('components/a.ts', `import { Container } from './container.ts'; new Container();`),
    valid('components/a.ts', `const docker = {}; new docker.Container();`),
    valid('components/a.ts', `import * as pulumi from '@pulumi/pulumi'; pulumi['Con' + 'fig'];`),
  ],
  invalid: [
    invalid(
      `import * as docker from '@pulumi/docker'; new docker.Container('a', {});`,
      'Container',
    ),
    invalid(`import * as d from '@pulumi/docker'; class A extends d.Container {}`, 'Container'),
    invalid(`import { Container as Box } from '@pulumi/docker'; new Box('a', {});`, 'Container'),
    invalid(`import * as pulumi from '@pulumi/pulumi'; new pulumi.Config('plinth');`, 'Config'),
    invalid(`import pulumi from '@pulumi/pulumi'; new pulumi['Config']();`, 'Config'),
    invalid(
      `import * as pulumi from '@pulumi/pulumi'; pulumi.runtime.allConfig();`,
      'runtime.allConfig',
    ),
    invalid(`import { runtime } from '@pulumi/pulumi'; runtime.allConfig();`, 'runtime.allConfig'),
  ],
});
