import { noWordsOfExamples } from '../../../eslint/no-words-of-examples.js';
import { at, tester } from './tester.ts';

const options = [{ words: ['pupil', 'lesson'], places: ['app/', 'test/'] }];
const valid = (file: string, code: string) => ({ filename: at(file), code, options });
const invalid = (code: string, ...words: string[]) => ({
  ...valid('cli/commands/up.ts', code),
  errors: words.map((word) => ({ messageId: 'word', data: { word } })),
});

tester.run('no-words-of-examples', noWordsOfExamples, {
  valid: [
    valid('cli/commands/up.ts', `const tenant = 'a shop'; // of orders`),
    valid('app/app.ts', `export const pupils = 'lessons';`),
    valid('test/unit/a.test.ts', `const pupil = 1;`),
  ],
  invalid: [
    invalid(`const text = 'one pupil';`, 'pupil'),
    invalid('const text = `a ${1} LESSON`;', 'LESSON'),
    invalid('const ofPupils = 1;', 'Pupil'),
    invalid('// what a pupil does in a lesson', 'pupil', 'lesson'),
    invalid('/** @param a the Lesson */ function f(a) {}', 'Lesson'),
    { ...invalid(`import 'x/lessons.ts';`, 'lesson'), filename: at('application/a.ts') },
  ],
});
