import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LogTail } from '../../../exporter/log-tail.ts';
import { runs } from '../../support/runs.ts';

let folder: string;
let read: string[];
let earlier: string[];
let tail: LogTail;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-tail-'));
  begin();
});
afterEach(() => rmSync(folder, { recursive: true }));

function begin(headBytes = 100): void {
  read = [];
  earlier = [];
  const onLine = (head: string): number => read.push(head);
  tail = new LogTail(folder, headBytes, { onLine, onEarlier: (head) => earlier.push(head) });
}

describe('a log that is followed', () => {
  it('is read from its end on, line by line', async () => {
    writeFileSync(at('a.json'), 'old\nolder\n');
    await tail.read();
    appendFileSync(at('a.json'), 'one\ntw');
    await tail.read();
    expect(read).toEqual(['one']);
    appendFileSync(at('a.json'), 'o\nthree\n');
    await tail.read();
    await tail.read();
    expect(read).toEqual(['one', 'two', 'three']);
    expect(earlier).toEqual(['old', 'older']);
  });

  it('may be put aside: the rest of it is read, and all of the next', async () => {
    writeFileSync(at('postgres.json'), '');
    await tail.read();
    appendFileSync(at('postgres.json'), 'one\n');
    await tail.read();
    appendFileSync(at('postgres.json'), 'two\n');
    renameSync(at('postgres.json'), at('postgres.1.json'));
    appendFileSync(at('postgres.1.json'), 'three\n');
    writeFileSync(at('postgres.json'), 'four\n');
    await tail.read();
    expect(read.sort()).toEqual(['four', 'one', 'three', 'two']);
    rmSync(at('postgres.1.json'));
    appendFileSync(at('postgres.json'), 'five\n');
    await tail.read();
    expect(read.at(-1)).toBe('five');
    expect(read).toHaveLength(5);
  });

  it('may be cut: what comes then is read from its beginning', async () => {
    writeFileSync(at('a.json'), 'a long line that was there before\n');
    await tail.read();
    truncateSync(at('a.json'));
    appendFileSync(at('a.json'), 'one\n');
    await tail.read();
    expect(read).toEqual(['one']);
  });

  it('may be removed and made anew under the same name, with the same number', async () => {
    writeFileSync(at('a.json'), 'old\n');
    await tail.read();
    rmSync(at('a.json'));
    await new Promise((done) => setTimeout(done, 20));
    writeFileSync(at('a.json'), 'one\ntwo\n');
    await tail.read();
    expect(read).toEqual(['one', 'two']);
  });

  it('is no log of other programs, nor of those that began before', async () => {
    writeFileSync(at('a.json'), 'old\n');
    writeFileSync(at('b.log'), '');
    await tail.read();
    appendFileSync(at('b.log'), 'other\n');
    await tail.read();
    expect(read).toEqual([]);
  });

  it('fails where there is no folder, and goes on when there is', async () => {
    const none = new LogTail(at('later'), 10, {
      onLine: () => undefined,
      onEarlier: () => undefined,
    });
    await expect(none.read()).rejects.toThrow('ENOENT');
  });

  it('is kept line by line only as far as is looked at', async () => {
    begin(10);
    writeFileSync(at('a.json'), '');
    await tail.read();
    const long = 'x'.repeat(300_000);
    appendFileSync(at('a.json'), long);
    await tail.read();
    appendFileSync(at('a.json'), `${long}\nnext\n`);
    await tail.read();
    expect(read).toEqual(['x'.repeat(10), 'next']);
  });

  it('comes whole, however it is written and whenever one looks', async () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'ß', '"'), maxLength: 30 }));
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(40)), async (wanted, cuts) => {
        begin(1000);
        rmSync(folder, { recursive: true });
        folder = mkdtempSync(join(tmpdir(), 'plinth-tail-'));
        begin(1000);
        writeFileSync(at('a.json'), '');
        await tail.read();
        let rest = Buffer.from(wanted.map((line) => `${line}\n`).join(''));
        for (const cut of cuts) {
          appendFileSync(at('a.json'), rest.subarray(0, cut));
          rest = rest.subarray(cut);
          await tail.read();
        }
        appendFileSync(at('a.json'), rest);
        await tail.read();
        expect(read.map((head) => Buffer.from(head, 'latin1').toString())).toEqual(wanted);
      }),
      { numRuns: runs(40) },
    );
  });
});
