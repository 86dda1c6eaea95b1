import { counter, gauge, jump, type AlertCase } from './case.ts';

const part = (name: string) => `{job="watch", instance="watch", part="${name}"}`;
const volume = (name: string) => `{job="watch", instance="watch", volume="${name}"}`;

export const containerCases: readonly AlertCase[] = [
  {
    alert: 'ContainerMemoryHigh',
    series: {
      [`plinth_container_memory_working_set_bytes${part('pgbouncer')}`]: gauge(
        [90, 60],
        [95, 360],
        [10, 60],
      ),
      [`plinth_container_memory_limit_bytes${part('pgbouncer')}`]: gauge([100, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { part: 'pgbouncer' },
    summary: 'The container pgbouncer is close to its memory limit',
    description: 'pgbouncer uses 95% of its memory limit; the alert fires above 90 %.',
  },
  {
    alert: 'ContainerOomKilled',
    series: { [`plinth_container_oom_kills_total${part('postgres')}`]: jump(60, 1, 1200) },
    holdsSec: 60,
    goneSec: 660,
    labels: { part: 'postgres' },
    summary: 'A process of postgres was OOM-killed',
    description: 'Processes of postgres that were OOM-killed within 10 min: 1; expected: 0.',
  },
  {
    alert: 'ContainerRestarting',
    series: {
      [`plinth_container_start_timestamp_seconds${part('postgres')}`]: gauge(
        [0, 60],
        [60, 60],
        [120, 60],
        [180, 2400],
      ),
      [`plinth_container_start_timestamp_seconds${part('redis-cache')}`]: gauge(
        [0, 60],
        [60, 2520],
      ),
    },
    holdsSec: 180,
    goneSec: 1860,
    labels: { part: 'postgres' },
    summary: 'The container postgres restarts repeatedly',
    description: 'postgres restarted 3 times within 30 min; the alert fires above 2.',
  },
  {
    alert: 'ContainerThrottled',
    series: {
      [`plinth_container_cpu_throttled_seconds_total${part('postgres')}`]: counter(
        [0.4, 1500],
        [0, 600],
      ),
      [`plinth_container_cpu_throttled_seconds_total${part('backup')}`]: counter([2, 2100]),
    },
    holdsSec: 195,
    goneSec: 1620,
    labels: { part: 'postgres' },
    summary: 'The container postgres is CPU-throttled',
    description:
      'postgres was CPU-throttled for 400ms of each second; the alert fires above 0.25 s.',
  },
];

export const storageCases: readonly AlertCase[] = [
  {
    alert: 'DiskFullSoon',
    series: {
      [`plinth_volume_size_bytes${volume('backups')}`]: gauge([1e9, 9000]),
      // 400 MB are left, and a megabyte goes each fifteen seconds: in a hundred minutes there are none.
      [`plinth_volume_available_bytes${volume('backups')}`]: '400000000-1000000x80 900000000+0x400',
    },
    holdsSec: 15,
    goneSec: 1215,
    labels: { volume: 'backups' },
    summary: 'The disk of backups will be full within hours',
    description:
      'At the rate of the last 1 h, backups will have -592.2MiB free in 4 h; the alert fires below 0.',
  },
  {
    alert: 'DiskNearlyFull',
    series: {
      [`plinth_volume_size_bytes${volume('postgres-data')}`]: gauge([100, 480]),
      [`plinth_volume_available_bytes${volume('postgres-data')}`]: gauge(
        [20, 60],
        [10, 360],
        [50, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { volume: 'postgres-data' },
    summary: 'The disk of postgres-data is nearly full',
    description: '90% of the file system of postgres-data is used; the alert fires above 85 %.',
  },
  {
    alert: 'InodesNearlyExhausted',
    series: {
      [`plinth_volume_files_available_ratio${volume('prometheus')}`]: gauge(
        [0.2, 60],
        [0.1, 360],
        [0.5, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { volume: 'prometheus' },
    summary: 'The file system of prometheus is running out of inodes',
    description:
      '90% of the inodes of the file system of prometheus are used; the alert fires above 85 %.',
  },
];

const NODE = '{job="node", instance="node-exporter"}';
const cpu = (number: number) =>
  `node_cpu_seconds_total{job="node", instance="node-exporter", cpu="${String(number)}", mode="idle"}`;

export const hostCases: readonly AlertCase[] = [
  {
    alert: 'HostMemoryLow',
    series: {
      [`node_memory_MemAvailable_bytes${NODE}`]: gauge([20, 60], [5, 660], [50, 60]),
      [`node_memory_MemTotal_bytes${NODE}`]: gauge([100, 780]),
    },
    holdsSec: 60,
    goneSec: 720,
    summary: 'The host has little memory left',
    description: "95% of the host's memory is in use; the alert fires above 90 %.",
  },
  {
    alert: 'HostLoadHigh',
    series: {
      [`node_load5${NODE}`]: gauge([4, 60], [5, 960], [1, 60]),
      [cpu(0)]: counter([1, 1080]),
      [cpu(1)]: counter([1, 1080]),
    },
    holdsSec: 60,
    goneSec: 1020,
    summary: 'The host is overloaded',
    description: 'The 5-minute load average is 2.5 per CPU; the alert fires above 2.',
  },
];
