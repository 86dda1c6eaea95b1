import { noOutputInString } from '../../../eslint/no-output-in-string.js';
import { at, typedTester } from './tester.ts';

// Shaped like Pulumi's own: an output is an intersection, an input a union with one in it.
const types = `
  interface OutputInstance<T> { apply<U>(func: (value: T) => U): Output<U>; }
  type Output<T> = OutputInstance<T> & { readonly lifted: true };
  type Input<T> = T | Promise<T> | OutputInstance<T>;
  declare const output: Output<string>;
  declare const input: Input<string>;
  declare const maybe: Output<number> | undefined;
  declare const plain: string;
  declare function interpolate(parts: TemplateStringsArray, ...values: Input<unknown>[]): Output<string>;
`;
const valid = (code: string) => ({ filename: at('case.ts'), code: `${types}${code}` });
const invalid = (code: string, ...messageIds: string[]) => ({
  ...valid(code),
  errors: messageIds.map((messageId) => ({ messageId })),
});

typedTester.run('no-output-in-string', noOutputInString, {
  valid: [
    valid('`host=${plain}`;'),
    valid('interpolate`host=${output} ${input}`;'),
    valid('output.apply((value) => `host=${value}`);'),
    valid(`plain + 'x';`),
    valid('JSON.stringify({ plain }); JSON.stringify(); String(plain); String(...[plain]);'),
    valid('JSON.parse(plain); Number(output);'),
  ],
  invalid: [
    invalid('`host=${output}`;', 'template'),
    invalid('`host=${input} port=${maybe}`;', 'template', 'template'),
    invalid('interpolate`${`inner ${output}`}`;', 'template'),
    invalid(`'host=' + output;`, 'text'),
    invalid(`input + 'x';`, 'text'),
    invalid(`let text = ''; text += output;`, 'text'),
    invalid('String(output);', 'text'),
    invalid('JSON.stringify(output);', 'text'),
  ],
});
