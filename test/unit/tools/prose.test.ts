import { describe, expect, it } from '@jest/globals';
import { checkProse, findings, textsIn } from '../../../tools/prose.ts';

describe('the check of prose', () => {
  it.each([
    ['a container is made anew', 'anew'],
    ['whoever is named', 'whoever'],
    ['each receiver is told of it', 'is told'],
    ['sealed with age', 'sealed'],
    ['Grafana is left out', 'left out'],
  ])('rejects a word that is not of the field: %s', (text, word) => {
    expect(findings('page.md', `first line\n${text}`)).toEqual([
      expect.objectContaining({ file: 'page.md', line: 2, word }),
    ]);
  });

  it.each(['Prometheus evaluates rules', 'the receiver plinth/nobody', 'a sealant'])(
    'accepts: %s',
    (text) => {
      expect(findings('page.md', text)).toEqual([]);
    },
  );

  it('reads texts of a program and not its comments', () => {
    const source = "// told anew\nconst a = 'one';\nconst b = `two ${a} three`;\n";
    expect(textsIn('a.ts', source)).toEqual([
      { line: 2, text: 'one' },
      { line: 3, text: 'two ' },
      { line: 3, text: ' three' },
    ]);
  });

  it('finds nothing in this checkout', () => {
    expect(checkProse()).toEqual([]);
  });
});
