import { pureOrResource } from '../../../eslint/pure-or-resource.js';
import { at, tester } from './tester.ts';

const options = [{ always: ['access/'] }];
const valid = (file: string, code: string) => ({ filename: at(file), code, options });
const pulumi = `import * as pulumi from '@pulumi/pulumi';`;

tester.run('pure-or-resource', pureOrResource, {
  valid: [
    valid('components/redis/acl.ts', `import { createHash } from 'node:crypto';`),
    valid('components/handles.ts', `import type * as pulumi from '@pulumi/pulumi';`),
    valid('components/handles.ts', `import { type Output } from '@pulumi/pulumi';`),
    valid('components/a.ts', `${pulumi} class A extends pulumi.ComponentResource {}`),
    valid('components/a.ts', `${pulumi} export const A = class extends pulumi.CustomResource {};`),
    valid(
      'components/a.ts',
      `import * as docker from '@pulumi/docker'; export const make = () => new docker.Volume('a');`,
    ),
    valid('components/a.ts', `import { Volume } from '@pulumi/docker'; new Volume('a');`),
    valid('access/tenancy.ts', `import { quote } from './quote.ts';`),
  ],
  invalid: [
    {
      ...valid('components/redis/conf.ts', `${pulumi} export const a = pulumi.interpolate\`x\`;`),
      errors: [{ messageId: 'pure', data: { source: '@pulumi/pulumi' } }],
    },
    {
      ...valid('components/a.ts', `import '@pulumi/docker'; new Map();`),
      errors: [{ messageId: 'pure', data: { source: '@pulumi/docker' } }],
    },
    {
      ...valid('components/a.ts', `import { all, type Output } from '@pulumi/pulumi';`),
      errors: [{ messageId: 'pure', data: { source: '@pulumi/pulumi' } }],
    },
    {
      ...valid('access/tenancy.ts', `import type * as pulumi from '@pulumi/pulumi';`),
      errors: [
        { messageId: 'always', data: { file: 'access/tenancy.ts', source: '@pulumi/pulumi' } },
      ],
    },
  ],
});
