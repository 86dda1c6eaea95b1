import { fileOf, isIn } from './where.js';

/**
 * Keeps a member of a module to the places that own it: `docker.Container` to components/container,
 * `pulumi.Config` to config/load.ts. Types are free.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const onlyIn = {
  meta: {
    type: 'problem',
    docs: { description: 'what has one owner is used there only' },
    messages: { elsewhere: '{{member}} belongs to {{places}}: {{why}}.' },
    schema: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['module', 'members', 'places', 'why'],
        properties: {
          module: { type: 'string' },
          members: { type: 'array', items: { type: 'string' } },
          places: { type: 'array', items: { type: 'string' } },
          why: { type: 'string' },
        },
      },
    },
  },
  create(context) {
    const file = fileOf(context);
    const owned = context.options.filter(({ places }) => !isIn(file, places));
    if (owned.length === 0) return {};

    /** Local name → the module it is all of. */
    const namespaces = new Map();
    const complain = (node, module, member) => {
      for (const { members, places, why, ...rule } of owned) {
        if (rule.module === module && members.includes(member)) {
          const data = { member, places: places.join(', '), why };
          context.report({ node, messageId: 'elsewhere', data });
        }
      }
    };

    return {
      ImportDeclaration(node) {
        if (node.importKind === 'type') return;
        for (const specifier of node.specifiers) {
          if (specifier.type !== 'ImportSpecifier') {
            namespaces.set(specifier.local.name, node.source.value);
          } else if (specifier.importKind !== 'type') {
            complain(specifier, node.source.value, specifier.imported.name);
            // `import { runtime }` is a namespace too, one level down.
            const inner = `${node.source.value}#${specifier.imported.name}`;
            namespaces.set(specifier.local.name, inner);
          }
        }
      },
      MemberExpression(node) {
        const names = memberPath(node);
        const [module, prefix] = (namespaces.get(names?.[0]) ?? '').split('#');
        if (!module) return;
        const member = [...(prefix ? [prefix] : []), ...names.slice(1)].join('.');
        complain(node, module, member);
      },
    };
  },
};

/** `pulumi.runtime.allConfig` → ['pulumi', 'runtime', 'allConfig']; undefined where a part is computed. */
const memberPath = (node) => {
  if (node.type === 'Identifier') return [node.name];
  if (node.type !== 'MemberExpression') return undefined;
  const object = memberPath(node.object);
  const property = node.computed ? node.property.value : node.property.name;
  return object && typeof property === 'string' ? [...object, property] : undefined;
};
