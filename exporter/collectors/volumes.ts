import { statfs } from 'node:fs/promises';
import { PartialResult, type Collector, type ExporterSample } from '../collector.ts';
import type { ExporterSettings } from '../settings.ts';

/** Usage of the file systems of the volumes. Their files are not readable here. */
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
    // Some file systems allocate inodes on demand and report none.
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
