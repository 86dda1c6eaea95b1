import { registerOutputsLast } from '../../../eslint/register-outputs-last.js';
import { tester } from './tester.ts';

const component = (body: string, parent = 'pulumi.ComponentResource'): string =>
  `class Cache extends ${parent} { constructor(name) { ${body} } }`;
const errors = [{ messageId: 'last' }];

tester.run('register-outputs-last', registerOutputsLast, {
  valid: [
    component(`super(); new Child(name); this.registerOutputs();`),
    component(`super(); this.registerOutputs({ host: 1 });`, 'ComponentResource'),
    component(`super(); this.id = name;`, 'pulumi.CustomResource'),
    component(`this.id = name;`, 'Base'),
    `class Plain { constructor() {} }`,
    // No constructor of its own, and a declaration without a body.
    `class Cache extends pulumi.ComponentResource {}`,
    `declare class Cache extends pulumi.ComponentResource { constructor(name: string); }`,
  ],
  invalid: [
    { code: component(`super(); new Child(name);`), errors },
    { code: component(`super(); this.registerOutputs(); new Child(name);`), errors },
    { code: component(`super(); if (name) { this.registerOutputs(); }`), errors },
    { code: component(`super(); registerOutputs();`), errors },
    { code: component(``, 'ComponentResource'), errors },
  ],
});
