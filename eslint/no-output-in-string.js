/**
 * An output in a template string, a sum of strings, `String()` or `JSON.stringify()` does not become its
 * value but a text of advice, which would end up in somebody's configuration file. Reads types.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noOutputInString = {
  meta: {
    type: 'problem',
    docs: { description: 'outputs become text through pulumi.interpolate or apply' },
    messages: {
      template: 'This is an output: write pulumi.interpolate`…`, or apply the rendering.',
      text: 'This is an output: make the text inside apply, or with pulumi.interpolate or pulumi.jsonStringify.',
    },
    schema: [],
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const holdsOutput = (node) => isOutput(services.getTypeAtLocation(node));
    return {
      TemplateLiteral(node) {
        if (node.parent.type === 'TaggedTemplateExpression') return;
        for (const expression of node.expressions) {
          if (holdsOutput(expression)) context.report({ node: expression, messageId: 'template' });
        }
      },
      'BinaryExpression[operator="+"], AssignmentExpression[operator="+="]'(node) {
        for (const side of [node.left, node.right]) {
          if (holdsOutput(side)) context.report({ node: side, messageId: 'text' });
        }
      },
      CallExpression(node) {
        const [first] = node.arguments;
        if (!first || !makesText(node.callee) || first.type === 'SpreadElement') return;
        if (holdsOutput(first)) context.report({ node: first, messageId: 'text' });
      },
    };
  },
};

/** An Output, or an Input, which may be one. */
const isOutput = (type) =>
  type.isUnionOrIntersection()
    ? type.types.some(isOutput)
    : type.getSymbol()?.getName() === 'OutputInstance';

const makesText = (callee) =>
  callee.type === 'MemberExpression'
    ? callee.object.name === 'JSON' && callee.property.name === 'stringify'
    : callee.name === 'String';
