import { statfs } from 'node:fs/promises';
import { PartialResult, type Collector, type ExporterSample } from '../collector.ts';
import type { ExporterSettings } from '../settings.ts';

/** How full the file systems of the volumes are. What is in them cannot be read from here, and need not be. */
export function volumes(list: ExporterSettings['volumes']): Collector {
  return {
    name: 'volumes',
    collect: async () => {
      const found: ExporterSample[] = [];
      const problems: string[] = [];
      for (const { volume, path } of list) {
        try {
          found.push(...(await samplesOf(volume, path)));
        } catch (error) {
          problems.push((error as Error).message);
        }
      }
      if (problems.length > 0) throw new PartialResult(problems.join('; '), found);
      return found;
    },
  };
}

async function samplesOf(volume: string, path: string): Promise<ExporterSample[]> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(path);
  const labels = { volume };
  return [
    { name: 'plinth_volume_size_bytes', value: blocks * bsize, labels },
    { name: 'plinth_volume_available_bytes', value: bavail * bsize, labels },
    // Some file systems make room for files as they come, and count none.
    ...(files === 0
      ? []
      : [
          {
            name: 'plinth_volume_files_available_ratio',
            value: ffree / files,
            labels,
          } as const,
        ]),
  ];
}
