import { fileOf, isIn } from './where.js';

/**
 * Keeps the words of an example application out of the platform: in names, texts and comments alike. A word of the example
 * is a sign that something was written for it alone.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noWordsOfExamples = {
  meta: {
    type: 'problem',
    docs: { description: "the platform does not speak of an example's tables" },
    messages: {
      word: '"{{word}}" is a word of an example application: say what holds for every application.',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: false,
        required: ['words', 'places'],
        properties: {
          words: { type: 'array', items: { type: 'string' }, minItems: 1 },
          places: { type: 'array', items: { type: 'string' } },
        },
      },
    ],
  },
  create(context) {
    const { words, places } = context.options[0];
    if (isIn(fileOf(context), places)) return {};
    const { sourceCode } = context;
    const pattern = new RegExp(words.join('|'), 'gi');
    return {
      Program() {
        for (const { index, 0: word } of sourceCode.text.matchAll(pattern)) {
          const at = (offset) => sourceCode.getLocFromIndex(offset);
          const loc = { start: at(index), end: at(index + word.length) };
          context.report({ loc, messageId: 'word', data: { word } });
        }
      },
    };
  },
};
