/**
 * Whether a class declares a component: it extends (pulumi.)ComponentResource itself.
 *
 * @param {import('estree').Class} node
 */
export const isComponent = (node) => {
  const parent = node.superClass;
  const name = parent?.type === 'MemberExpression' ? parent.property.name : parent?.name;
  return name === 'ComponentResource';
};

/**
 * Whether a class declares any resource: a component, or one of our provider.
 *
 * @param {import('estree').Class} node
 */
export const isResource = (node) => {
  const parent = node.superClass;
  const name = parent?.type === 'MemberExpression' ? parent.property.name : parent?.name;
  return name === 'ComponentResource' || name === 'CustomResource';
};

/**
 * The class whose constructor a node is in, or undefined.
 *
 * @param {import('estree').Node} node
 */
export const classAround = (node) => {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return at;
  }
  return undefined;
};
