import { importsFollowTheArrow } from './imports-follow-the-arrow.js';
import { noArgsInSuper } from './no-args-in-super.js';
import { noOutputInString } from './no-output-in-string.js';
import { noWordsOfExamples } from './no-words-of-examples.js';
import { onlyIn } from './only-in.js';
import { pureOrResource } from './pure-or-resource.js';
import { registerOutputsLast } from './register-outputs-last.js';

/** The rules of this house that no public rule holds, as an ESLint plugin. */
export const plinth = {
  meta: { name: 'plinth' },
  rules: {
    'imports-follow-the-arrow': importsFollowTheArrow,
    'no-args-in-super': noArgsInSuper,
    'no-output-in-string': noOutputInString,
    'no-words-of-examples': noWordsOfExamples,
    'only-in': onlyIn,
    'pure-or-resource': pureOrResource,
    'register-outputs-last': registerOutputsLast,
  },
};
