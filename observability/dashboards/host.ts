import type { Thresholds } from '../alerts/thresholds.ts';
import { fullestVolume } from './expressions.ts';
import { containersRow } from './containers.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';

const busy = '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))';
const pressure = (of: string) =>
  // Not every kernel exports pressure metrics.
  `sum(rate(node_pressure_${of}_seconds_total[$__rate_interval])) or vector(0)`;
// Excludes virtual devices, and devices made of others, which would count twice.
const DISKS = '{device!~"loop.*|ram.*|dm-.*|md.*|sr.*|zram.*"}';

/** Host, containers and volumes. */
export function hostBoard(t: Thresholds): Board {
  const diskLimit = above(t.diskPercent / 100);
  return board('host', 'Does the host have free resources, and who uses them?', [
    row(
      'Host',
      line(
        4,
        number('CPU usage of the host', {
          shows: 'Time that the CPUs were not idle, over all CPUs.',
          normal: 'below 80 %.',
          ifNot:
            'see below which container uses the CPU; if none does, another process on the host.',
          unit: 'ratio',
          expr: busy,
          limit: above(0.9),
        }),
        number('Available memory', {
          shows: 'Memory that is available for processes, relative to the total.',
          normal: `above ${String(100 - t.memoryPercent)} %.`,
          ifNot: 'without available memory the kernel OOM-kills a process, often Postgres.',
          alert: 'HostMemoryLow',
          unit: 'ratio',
          expr: 'max(node_memory_MemAvailable_bytes) / max(node_memory_MemTotal_bytes)',
          limit: below(1 - t.memoryPercent / 100),
        }),
        number('Fullest volume', {
          shows: 'Used ratio of the file system of the fullest volume.',
          normal: `below ${String(t.diskPercent)} %.`,
          ifNot: 'see below which volume it is. Postgres stops when its volume is full.',
          alert: 'DiskNearlyFull',
          unit: 'ratio',
          expr: fullestVolume,
          limit: diskLimit,
        }),
        number('Free space in four hours', {
          shows:
            'Predicted free space in four hours of the volume that fills fastest, from the trend of the last hour.',
          normal: 'far above 0.',
          ifNot: 'below 0 a disk will be full within four hours: free space now.',
          alert: 'DiskFullSoon',
          unit: 'bytes',
          expr: 'min(predict_linear(plinth_volume_available_bytes[1h], 14400))',
          limit: below(0),
        }),
        number('Host uptime', {
          shows: 'Time since the host was booted.',
          normal: 'since your last update of the host.',
          ifNot: 'the host rebooted unexpectedly: ask its operator.',
          unit: 'seconds',
          expr: 'max(node_time_seconds) - max(node_boot_time_seconds)',
        }),
      ),
      line(
        8,
        graph('CPU time by mode', {
          shows: 'CPU time by mode, relative to all CPUs.',
          normal: 'mostly user, little iowait.',
          ifNot:
            'iowait points to a slow disk; steal points to another virtual machine on the same hardware.',
          unit: 'ratio',
          lines: {
            '{{mode}}':
              'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval])) / scalar(count(node_cpu_seconds_total{mode="idle"}))',
          },
          stacked: true,
        }),
        graph('Resource pressure', {
          shows: 'Ratio of time in which a process waited for CPU, memory or disk (PSI).',
          normal: 'near 0 %.',
          ifNot: 'add that resource, or use less of it.',
          unit: 'ratio',
          lines: {
            processor: pressure('cpu_waiting'),
            memory: pressure('memory_waiting'),
            disk: pressure('io_waiting'),
          },
        }),
        graph('Disk utilization', {
          shows: 'Ratio of time in which a disk was busy.',
          normal: 'below 80 %.',
          ifNot: 'find the cause: a backup, a vacuum, or a query without an index.',
          unit: 'ratio',
          lines: {
            '{{device}}': `sum by (device) (rate(node_disk_io_time_seconds_total${DISKS}[$__rate_interval]))`,
          },
          more: 'queries',
        }),
      ),
      line(
        8,
        graph('Disk throughput', {
          shows: 'Bytes read and written per second, over all disks.',
          normal: 'follows the daily load; a peak at night is the backup.',
          ifNot: 'compare with the temporary files and checkpoints of Postgres.',
          unit: 'bytesPerSecond',
          lines: {
            read: `sum(rate(node_disk_read_bytes_total${DISKS}[$__rate_interval]))`,
            written: `sum(rate(node_disk_written_bytes_total${DISKS}[$__rate_interval]))`,
          },
          more: 'postgres',
        }),
        graph('Volume usage', {
          shows: 'Used ratio of the file system of each volume.',
          normal: `below ${String(t.diskPercent)} %.`,
          ifNot:
            'find the volume that grows, and since when. WAL that is not archived is the usual cause.',
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
