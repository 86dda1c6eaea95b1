import type { Manifest } from '../../../../backup/store/manifest.ts';

/** A small manifest that agrees with itself. */
export const manifest: Manifest = {
  version: 1,
  id: '20261121T153000Z',
  label: null,
  stack: 'demo',
  startedAt: '2026-11-21T15:30:00.000Z',
  finishedAt: '2026-11-21T15:30:01.500Z',
  durationSec: 1.5,
  server: { version: '17.6', major: 17, systemIdentifier: '7710651501859201045' },
  tools: { postgresql: '17.6' },
  encryption: { recipients: ['age1x'], gpgFingerprints: [] },
  databases: [
    {
      name: 'shop',
      folder: 'shop',
      encoding: 'UTF8',
      migrationHead: '0001_a.sql',
      tables: [
        {
          schema: 'public',
          name: 'big',
          columns: ['id'],
          rows: 5,
          files: ['shop/data/0001.copy.zst.age', 'shop/data/0002.copy.zst.age'],
        },
      ],
      sequences: 0,
      largeObjects: 0,
    },
  ],
  skipped: [{ what: 'database postgres', why: 'because' }],
  files: [
    { path: 'shop/data/0001.copy.zst.age', bytes: 10, sha256: 'a'.repeat(64), rows: 2 },
    { path: 'shop/data/0002.copy.zst.age', bytes: 20, sha256: 'b'.repeat(64), rows: 3 },
    { path: 'shop/schema.dump.age', bytes: 30, sha256: 'c'.repeat(64) },
  ],
  totals: { files: 3, bytes: 60, rows: 5 },
};
