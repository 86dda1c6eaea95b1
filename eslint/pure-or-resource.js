import { isResource } from './component.js';
import { fileOf, isIn } from './where.js';

/**
 * A file either declares resources or is pure. Only the first kind imports Pulumi's packages; the second may
 * name their types. A file declares resources when it holds a class that extends one of Pulumi's, or makes a
 * resource with `new package.Something`.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const pureOrResource = {
  meta: {
    type: 'problem',
    docs: { description: 'a file that declares no resource imports no @pulumi' },
    messages: {
      pure: 'This file declares no resource, so it is pure and imports no {{source}}: take plain data, or use `import type`.',
      always: '{{file}} is pure, types included, and imports no {{source}}: take plain data.',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: false,
        properties: { always: { type: 'array', items: { type: 'string' } } },
      },
    ],
  },
  create(context) {
    const [{ always = [] } = {}] = context.options;
    const file = fileOf(context);
    const imports = [];
    const packages = new Set();
    let declares = false;
    const onClass = (node) => {
      declares ||= isResource(node);
    };

    return {
      ImportDeclaration(node) {
        if (!String(node.source.value).startsWith('@pulumi/')) return;
        imports.push(node);
        for (const { local } of node.specifiers) packages.add(local.name);
      },
      ClassDeclaration: onClass,
      ClassExpression: onClass,
      NewExpression({ callee }) {
        const root = callee.type === 'MemberExpression' ? callee.object : callee;
        declares ||= packages.has(root.name);
      },
      'Program:exit'() {
        const strict = isIn(file, always);
        for (const node of imports) {
          const source = node.source.value;
          if (strict) context.report({ node, messageId: 'always', data: { file, source } });
          else if (!declares && !onlyTypes(node))
            context.report({ node, messageId: 'pure', data: { source } });
        }
      },
    };
  },
};

const onlyTypes = (node) =>
  node.importKind === 'type' ||
  (node.specifiers.length > 0 && node.specifiers.every(({ importKind }) => importKind === 'type'));
