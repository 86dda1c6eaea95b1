import type { Thresholds } from '../alerts/thresholds.ts';
import { fullestVolume } from './expressions.ts';
import { containersRow } from './containers.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';

const busy = '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))';
const pressure = (of: string) =>
  // Not every kernel tells.
  `sum(rate(node_pressure_${of}_seconds_total[$__rate_interval])) or vector(0)`;
// What is not a disk, and counts twice: devices made of others.
const DISKS = '{device!~"loop.*|ram.*|dm-.*|md.*|sr.*|zram.*"}';

/** Has the machine room, and who uses it? */
export function hostBoard(t: Thresholds): Board {
  const diskLimit = above(t.diskPercent / 100);
  return board('host', 'Has the machine room, and who uses it?', [
    row(
      'The machine',
      line(
        4,
        number('How busy are the processors?', {
          shows: 'Time that was not idle, of all processors.',
          normal: 'below 80 %.',
          ifNot: 'see below which container it is; if none, another program of the machine.',
          unit: 'ratio',
          expr: busy,
          limit: above(0.9),
        }),
        number('How much memory is left?', {
          shows: 'Memory that programs can still have, of all.',
          normal: `above ${String(100 - t.memoryPercent)} %.`,
          ifNot: 'the kernel ends a program when none is left, and likes to take Postgres.',
          alert: 'HostMemoryLow',
          unit: 'ratio',
          expr: 'max(node_memory_MemAvailable_bytes) / max(node_memory_MemTotal_bytes)',
          limit: below(1 - t.memoryPercent / 100),
        }),
        number('How full is the fullest volume?', {
          shows: 'Used, of the file system that it is on.',
          normal: `below ${String(t.diskPercent)} %.`,
          ifNot: 'see below which one; Postgres stops when its own is full.',
          alert: 'DiskNearlyFull',
          unit: 'ratio',
          expr: fullestVolume,
          limit: diskLimit,
        }),
        number('How much room is there in four hours?', {
          shows:
            'Free space of the volume that fills fastest, if it goes on for four hours as in the last one.',
          normal: 'far above 0.',
          ifNot: 'below 0 a disk is full before that: make room now.',
          alert: 'DiskFullSoon',
          unit: 'bytes',
          expr: 'min(predict_linear(plinth_volume_available_bytes[1h], 14400))',
          limit: below(0),
        }),
        number('How long has the machine run?', {
          shows: 'Time since the machine was started.',
          normal: 'since you last updated it.',
          ifNot: 'it restarted by itself: ask who runs it.',
          unit: 'seconds',
          expr: 'max(node_time_seconds) - max(node_boot_time_seconds)',
        }),
      ),
      line(
        8,
        graph('What do processors do?', {
          shows: 'Time by what it was spent on, of all processors.',
          normal: 'mostly user, little iowait.',
          ifNot: 'iowait is a slow disk; steal is another machine on the same hardware.',
          unit: 'ratio',
          lines: {
            '{{mode}}':
              'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval])) / scalar(count(node_cpu_seconds_total{mode="idle"}))',
          },
          stacked: true,
        }),
        graph('What waits for the machine?', {
          shows: 'Part of the time in which some program waited for a processor, memory or a disk.',
          normal: 'near 0 %.',
          ifNot: 'that is what to buy, or to use less of.',
          unit: 'ratio',
          lines: {
            processor: pressure('cpu_waiting'),
            memory: pressure('memory_waiting'),
            disk: pressure('io_waiting'),
          },
        }),
        graph('How busy are disks?', {
          shows: 'Part of the time in which a disk worked.',
          normal: 'below 80 %.',
          ifNot: 'find who reads or writes: a backup, a vacuum, a query without an index.',
          unit: 'ratio',
          lines: {
            '{{device}}': `sum by (device) (rate(node_disk_io_time_seconds_total${DISKS}[$__rate_interval]))`,
          },
          more: 'queries',
        }),
      ),
      line(
        8,
        graph('How much is read and written?', {
          shows: 'Bytes a second, all disks together.',
          normal: 'follows the day; a wave at night is the backup.',
          ifNot: 'compare with temporary files and checkpoints of Postgres.',
          unit: 'bytesPerSecond',
          lines: {
            read: `sum(rate(node_disk_read_bytes_total${DISKS}[$__rate_interval]))`,
            written: `sum(rate(node_disk_written_bytes_total${DISKS}[$__rate_interval]))`,
          },
          more: 'postgres',
        }),
        graph('How full are volumes?', {
          shows: 'Used, of the file system that each is on.',
          normal: `below ${String(t.diskPercent)} %.`,
          ifNot: 'what rises, and since when? Log that is not archived is the usual one.',
          alert: 'DiskNearlyFull',
          unit: 'ratio',
          lines: {
            '{{volume}}':
              'max by (volume) (1 - plinth_volume_available_bytes / plinth_volume_size_bytes)',
          },
          limit: diskLimit,
          more: 'postgres',
        }),
      ),
    ),
    containersRow(t),
  ]);
}
