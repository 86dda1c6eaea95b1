/** The file systems that hold data. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, share, time } from './format.ts';

const TREND_SEC = 3600;
const AHEAD_SEC = 4 * 3600;
/** A new environment grows fast on an empty disk, and that means nothing. */
const TREND_FROM_PERCENT = 50;

export function storageRules(t: Thresholds): RuleGroup {
  const trend = `predict_linear(plinth_volume_available_bytes[${range(t, TREND_SEC)}], ${number(AHEAD_SEC)})`;
  return {
    name: 'storage',
    recordings: [
      {
        record: 'volume:used:ratio',
        expr: '1 - max by (volume) (plinth_volume_available_bytes) / (max by (volume) (plinth_volume_size_bytes) > 0)',
      },
    ],
    alerts: [
      {
        name: 'DiskFullSoon',
        subject: 'host',
        severity: 'critical',
        expr: `max by (volume) (${trend}) < 0\nand volume:used:ratio > ${share(TREND_FROM_PERCENT)}`,
        forSec: 900,
        why: `The trend of the last ${time(TREND_SEC)} goes on for ${time(AHEAD_SEC)}: time enough to come and do something. Below ${number(TREND_FROM_PERCENT)} % it is told as soon as that much is used.`,
        summary: 'The disk of {{ $labels.volume }} will be full within hours',
        description: `The trend of the last ${time(TREND_SEC)} leaves {{ $value | humanize1024 }}B on {{ $labels.volume }} in ${time(AHEAD_SEC)}; the alert begins below 0.`,
        explains: ['DiskNearlyFull'],
      },
      {
        name: 'DiskNearlyFull',
        subject: 'host',
        severity: 'warning',
        expr: `volume:used:ratio > ${share(t.diskPercent)}`,
        forSec: 300,
        why: `monitoring.thresholds.disk: ${number(t.diskPercent)} % of the file system. At 100 % Postgres stops.`,
        summary: 'The disk of {{ $labels.volume }} is nearly full',
        description: `{{ $value | humanizePercentage }} of the file system of {{ $labels.volume }} are used; the alert begins at ${number(t.diskPercent)} %.`,
      },
      {
        name: 'InodesNearlyExhausted',
        subject: 'host',
        severity: 'warning',
        expr: `1 - min by (volume) (plinth_volume_files_available_ratio) > ${share(t.diskPercent)}`,
        forSec: 300,
        why: `monitoring.thresholds.disk: ${number(t.diskPercent)} % of the files that the file system can hold; without one left nothing is written, however much room there is.`,
        summary: 'The file system of {{ $labels.volume }} takes few more files',
        description: `{{ $value | humanizePercentage }} of the files that the file system of {{ $labels.volume }} can hold are there; the alert begins at ${number(t.diskPercent)} %.`,
      },
    ],
  };
}
