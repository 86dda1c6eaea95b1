import { isComponent } from './component.js';

/**
 * registerOutputs tells the engine that a component is complete; what comes after it is not part of it.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const registerOutputsLast = {
  meta: {
    type: 'problem',
    docs: { description: "a component's constructor ends with this.registerOutputs" },
    messages: { last: 'End the constructor of a component with this.registerOutputs(…).' },
    schema: [],
  },
  create: (context) => ({
    'MethodDefinition[kind="constructor"]'(node) {
      const body = node.value.body?.body;
      if (body === undefined || !isComponent(node.parent.parent)) return;
      const last = body.at(-1);
      if (!isRegister(last)) context.report({ node: last ?? node, messageId: 'last' });
    },
  }),
};

const isRegister = (statement) => {
  const call = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
  return (
    call?.type === 'CallExpression' &&
    call.callee.type === 'MemberExpression' &&
    call.callee.object.type === 'ThisExpression' &&
    call.callee.property.name === 'registerOutputs'
  );
};
