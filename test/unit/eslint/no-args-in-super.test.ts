import { noArgsInSuper } from '../../../eslint/no-args-in-super.js';
import { tester } from './tester.ts';

const component = (call: string, parent = 'pulumi.ComponentResource'): string =>
  `class Cache extends ${parent} { constructor(name, args, opts) { ${call} } }`;

tester.run('no-args-in-super', noArgsInSuper, {
  valid: [
    component(`super('plinth:redis:Cache', name, {}, opts);`),
    component(`super('plinth:redis:Cache', name, {}, opts);`, 'ComponentResource'),
    component(`super('plinth:redis:Cache', name, {}, { ...opts, protect: true });`),
    // A resource of our provider has inputs: they are what the provider works on.
    component(`super('plinth:index:Seed', name, args, opts);`, 'pulumi.CustomResource'),
    component(`super(name, args);`, 'Error'),
  ],
  invalid: [
    {
      code: component(`super('plinth:redis:Cache', name, args, opts);`),
      errors: [{ messageId: 'args' }],
    },
    {
      code: component(`super('plinth:redis:Cache', name, { ...args }, opts);`),
      errors: [{ messageId: 'args' }],
    },
    {
      code: component(`super('plinth:redis:Cache', name, undefined, opts);`, 'ComponentResource'),
      errors: [{ messageId: 'args' }],
    },
    {
      code: component(`super('plinth:redis:Cache', name, {});`),
      errors: [{ messageId: 'opts' }],
    },
    {
      code: component(`super('plinth:redis:Cache', name, args);`),
      // In the order of their places.
      errors: [{ messageId: 'opts' }, { messageId: 'args' }],
    },
    {
      code: component(`super('plinth:redis:Cache', name);`),
      errors: [{ messageId: 'opts' }],
    },
  ],
});
