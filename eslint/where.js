import path from 'node:path';

/**
 * The file under the linter, from the root of the checkout, with forward slashes: `components/redis/acl.ts`.
 *
 * @param {import('eslint').Rule.RuleContext} context
 */
export const fileOf = (context) =>
  path.relative(context.cwd, context.filename).split(path.sep).join('/');

/**
 * Whether a file is one of those places. A place is a file, or a folder with a slash at its end.
 *
 * @param {string} file
 * @param {readonly string[]} places
 */
export const isIn = (file, places) =>
  places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));

/**
 * Calls back for everything that names another module: imports, re-exports, `import()`, types.
 *
 * @param {(source: string, node: import('estree').Node) => void} report
 */
export const onImport = (report) => {
  const check = (node) => {
    const source = node.source?.value;
    if (typeof source === 'string') report(source, node);
  };
  return {
    ImportDeclaration: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
    ImportExpression: check,
    TSImportType: check,
  };
};
