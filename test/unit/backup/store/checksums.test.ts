import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  parseChecksums,
  renderChecksums,
  sha256OfFile,
  sha256OfText,
} from '../../../../backup/store/checksums.ts';
import { runs } from '../../../support/runs.ts';

const paths = fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9.]{1,12}){0,2}$/);
const checksums = fc
  .uniqueArray(paths, { minLength: 1, maxLength: 12 })
  .map((all) => new Map(all.map((path) => [path, sha256OfText(path)])));

describe('SHA256SUMS', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(checksums, (sums) => {
        expect(new Map(parseChecksums(renderChecksums(sums)))).toEqual(sums);
      }),
    );
  });

  it('is another one, or none, after any change of a byte', () => {
    fc.assert(
      fc.property(checksums, fc.nat(), fc.integer({ min: 1, max: 255 }), (sums, where, mask) => {
        const bytes = Buffer.from(renderChecksums(sums));
        const position = where % bytes.length;
        bytes[position] = bytes[position]! ^ mask;
        const read = parseChecksums(bytes.toString());
        if (read !== undefined) expect(new Map(read)).not.toEqual(sums);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('is what sha256sum checks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-sums-'));
    try {
      writeFileSync(join(folder, 'a'), 'clear');
      const sum = await sha256OfFile(join(folder, 'a'));
      expect(sum).toBe(sha256OfText('clear'));
      writeFileSync(join(folder, 'SHA256SUMS'), renderChecksums(new Map([['a', sum]])));
      const said = execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: folder });
      expect(said.toString()).toBe('a: OK\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
