import { describe, expect, it } from '@jest/globals';
import { lacksSomething, report } from '../../../cli/commands/doctor.ts';

const good = {
  part: { id: 'a', title: 'Docker' },
  finding: { version: '20', origin: 'system' as const },
};
const optional = {
  part: { id: 'go', title: 'Go' },
  finding: { missing: 'no Go', remedy: 'get it' },
};
const bad = { part: { id: 'b', title: 'Plugin' }, finding: { missing: 'gone', remedy: 'run it' } };
const may = new Set(['go']);

describe('doctor', () => {
  it('fails only for parts that nothing works without', () => {
    expect(lacksSomething([good, optional], may)).toBe(false);
    expect(lacksSomething([good, bad], may)).toBe(true);
  });

  it('lists version and origin, or what is missing and the remedy', () => {
    expect(report([good, optional, bad], may)).toBe(
      ['✓  Docker  20     system', '-  Go      no Go  → get it', '✗  Plugin  gone   → run it'].join(
        '\n',
      ),
    );
  });
});
