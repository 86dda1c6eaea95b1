import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderChecksums, sha256OfText } from '../../../../backup/store/checksums.ts';
import { renderManifest, type Manifest } from '../../../../backup/store/manifest.ts';
import { pathsIn, type Paths } from '../../../../backup/store/paths.ts';
import { manifest } from './manifest.ts';

/** A folder of backups that goes when the test has ended. */
export function backupFolder(): { readonly places: Paths; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'plinth-backups-'));
  const places = pathsIn(root);
  mkdirSync(places.logical);
  return { places, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Writes a complete backup, as a run leaves it, of contents that are no archives. */
export function makeBackup({ logical }: Paths, id: string): Manifest {
  const contents = new Map(
    manifest.files.map(({ path }) => [path, `contents of ${path} in ${id}\n`.repeat(20)]),
  );
  const files = manifest.files.map((file) => {
    const text = contents.get(file.path)!;
    return { ...file, bytes: text.length, sha256: sha256OfText(text) };
  });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const made: Manifest = { ...manifest, id, files, totals: { ...manifest.totals, bytes } };
  contents.set('manifest.json', renderManifest(made));
  const sums = new Map([...contents].map(([path, text]) => [path, sha256OfText(text)]));
  contents.set('SHA256SUMS', renderChecksums(sums));
  for (const [path, text] of contents) {
    mkdirSync(dirname(join(logical, id, path)), { recursive: true });
    writeFileSync(join(logical, id, path), text);
  }
  return made;
}
