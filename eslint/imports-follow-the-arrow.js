import path from 'node:path';
import { fileOf, onImport } from './where.js';

/**
 * config → components → observability → index: a folder imports only what the table allows it. What is not in
 * the table (tests, tools of the repository) imports what it likes.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const importsFollowTheArrow = {
  meta: {
    type: 'problem',
    docs: { description: 'imports point backwards along the arrow config → components → index' },
    messages: {
      wrongWay:
        '{{from}} imports {{to}}, but may only import {{allowed}}: nothing knows who uses it.',
      ofTheTop: '{{from}} imports index.ts, which sees everything and is seen by nobody.',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: { type: 'array', items: { type: 'string' }, uniqueItems: true },
      },
    ],
  },
  create(context) {
    const [allowedOf = {}] = context.options;
    const file = fileOf(context);
    const from = placeOf(file);
    const allowed = allowedOf[from];
    if (allowed === undefined) return {};

    return onImport((source, node) => {
      if (!source.startsWith('.')) return;
      const target = path.posix.join(path.posix.dirname(file), source);
      const to = placeOf(target);
      if (to === from && from !== 'index.ts') return;
      if (to === 'index.ts') {
        context.report({ node, messageId: 'ofTheTop', data: { from } });
      } else if (!allowed.some((place) => target === place || to === place)) {
        const list = allowed.length === 0 ? 'itself' : allowed.join(', ');
        context.report({ node, messageId: 'wrongWay', data: { from, to: target, allowed: list } });
      }
    });
  },
};

/** The folder at the root that holds the file, or the file itself where it lies at the root. */
const placeOf = (file) => file.split('/')[0] ?? file;
