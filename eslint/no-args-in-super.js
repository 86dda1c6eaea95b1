import { classAround, isComponent } from './component.js';

/**
 * What a component hands to `super` as its inputs is written into the state, secrets that came as plain
 * strings included. So: `super(type, name, {}, opts)`.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noArgsInSuper = {
  meta: {
    type: 'problem',
    docs: { description: 'a component calls super(type, name, {}, opts)' },
    messages: {
      args: 'The third argument of super lands in the state: write {}.',
      opts: 'Write super(type, name, {}, opts): without opts the component loses its parent and options.',
    },
    schema: [],
  },
  create: (context) => ({
    'CallExpression[callee.type="Super"]'(node) {
      const owner = classAround(node);
      if (owner === undefined || !isComponent(owner)) return;
      const [, , inputs, opts] = node.arguments;
      const empty = inputs?.type === 'ObjectExpression' && inputs.properties.length === 0;
      if (inputs !== undefined && !empty) context.report({ node: inputs, messageId: 'args' });
      if (opts === undefined) context.report({ node, messageId: 'opts' });
    },
  }),
};
