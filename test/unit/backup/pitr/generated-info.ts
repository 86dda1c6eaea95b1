// Repositories as pgBackRest describes them.

import type { PhysicalBackup } from '../../../../backup/pitr/info.ts';
import { archivesIn, type Archive } from '../../../../backup/pitr/archive.ts';
import { segmentName } from '../../../../backup/pitr/wal.ts';

/** A backup that begins and ends in a segment, and ended at a second of its own. */
export function backup(
  more: Partial<PhysicalBackup> & { readonly segment: number; readonly timeline?: number },
): PhysicalBackup {
  const { segment, timeline = 1, ...rest } = more;
  const name = segmentName({ timeline, number: segment });
  return {
    id: `backup-${segment}`,
    type: 'full',
    references: [],
    archiveId: '17-1',
    startedAt: segment * 100,
    finishedAt: segment * 100 + 1,
    wal: { first: name, last: name },
    lsn: { start: `0/${segment.toString(16)}000028`, stop: `0/${segment.toString(16)}000100` },
    bytes: 1,
    addedBytes: 1,
    damaged: false,
    annotations: {},
    ...rest,
  };
}

/** Segments by timeline, histories by timeline. */
export function archive(
  segments: Readonly<Record<number, readonly number[]>>,
  histories: Readonly<Record<number, string>> = {},
  id = '17-1',
): Archive {
  const history = (timeline: string): string =>
    `archive/main/${id}/${Number(timeline).toString(16).toUpperCase().padStart(8, '0')}.history`;
  const files = Object.entries(segments).flatMap(([timeline, numbers]) =>
    numbers.map((number) => {
      const name = segmentName({ timeline: Number(timeline), number });
      return `archive/main/${id}/${name.slice(0, 16)}/${name}-${'0'.repeat(40)}.zst`;
    }),
  );
  const texts = new Map(
    Object.entries(histories).map(([timeline, text]) => [history(timeline), text]),
  );
  return archivesIn({ bytes: 0, files: [...files, ...texts.keys()] }, texts)[0]!;
}

/** From the first to the last, both included. */
export function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
