/** Cases of alerts as promtool reads them, and promtool itself. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import {
  renderRules,
  RUNBOOKS,
  type Alert,
  type Recording,
  type RuleGroup,
} from '../../observability/alerts/rule.ts';
import { STEP_SEC, type AlertCase } from './alerts/case.ts';
import type { Ended } from './backup/containers.ts';
import { builtImage } from './images.ts';

/** Files of rules and of their cases, one of each for every alert, by the alert's name. */
export function alertFiles(
  groups: readonly RuleGroup[],
  cases: Readonly<Record<string, readonly AlertCase[]>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    groups.flatMap((group) => {
      const own = cases[group.name] ?? [];
      return [...new Set(own.map(({ alert }) => alert))].flatMap((name) => [
        [`${name}.yml`, renderRules([only(alertOf(group, name), group)])],
        [`${name}.test.yml`, renderCases(group, name, own)],
      ]);
    }),
  );
}

/**
 * The part of a group that an alert is worked out from: itself, and the figures that it names, or that those name. What
 * else is in the group would only be evaluated thousands of times more.
 */
function only(alert: Alert, { name, recordings = [] }: RuleGroup): RuleGroup {
  const texts = [JSON.stringify(alert)];
  const needed = new Set<Recording>();
  for (const text of texts) {
    for (const recording of recordings) {
      if (needed.has(recording) || !text.includes(recording.record)) continue;
      needed.add(recording);
      texts.push(recording.expr);
    }
  }
  return { name, recordings: recordings.filter((one) => needed.has(one)), alerts: [alert] };
}

/** Silent a step before its `for` is over, firing then, with exactly these words, and silent again in the end. */
function renderCases(group: RuleGroup, name: string, cases: readonly AlertCase[]): string {
  const alert = alertOf(group, name);
  return stringify(
    {
      rule_files: [`${name}.yml`],
      evaluation_interval: `${String(STEP_SEC)}s`,
      tests: cases
        .filter((one) => one.alert === name)
        .map((one) => ({
          interval: `${String(STEP_SEC)}s`,
          input_series: Object.entries(one.series).map(([series, values]) => ({ series, values })),
          alert_rule_test: moments(alert, one),
        })),
    },
    { lineWidth: 0 },
  );
}

function alertOf(group: RuleGroup, alert: string): Alert {
  const found = group.alerts?.find(({ name }) => name === alert);
  if (found === undefined) throw new Error(`the rules ${group.name} have no alert ${alert}`);
  return found;
}

function moments(alert: Alert, one: AlertCase) {
  const firesSec = one.holdsSec + Math.ceil(alert.forSec / STEP_SEC) * STEP_SEC;
  const at = (seconds: number, alerts: readonly object[]) => ({
    eval_time: `${String(seconds)}s`,
    alertname: alert.name,
    exp_alerts: alerts,
  });
  const fired = {
    exp_labels: { severity: alert.severity, subject: alert.subject, ...one.labels },
    exp_annotations: {
      summary: one.summary,
      description: one.description,
      why: alert.why,
      runbook: `${RUNBOOKS}/${alert.name}.md`,
    },
  };
  return [
    ...(firesSec < STEP_SEC ? [] : [at(firesSec - STEP_SEC, [])]),
    at(firesSec, [fired]),
    ...(one.goneSec === 'never' ? [] : [at(one.goneSec, [])]),
  ];
}

/** A folder of rules, each group in a file `<group>.yml`, that promtool looks at. */
export class Promtool {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'plinth-rules-'));
  private readonly image: string;

  private constructor(image: string) {
    this.image = image;
  }

  static async create(files: Readonly<Record<string, string>>): Promise<Promtool> {
    const promtool = new Promtool(await builtImage('prometheus'));
    // Whoever runs in the container is somebody else.
    chmodSync(promtool.folder, 0o755);
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(promtool.folder, name), text, { mode: 0o644 });
    }
    return promtool;
  }

  run(...args: readonly string[]): Promise<Ended> {
    const container = [
      'run',
      '--rm',
      '--network',
      'none',
      '--read-only',
      '--tmpfs',
      '/tmp:mode=1777',
    ];
    const where = ['--volume', `${this.folder}:/rules:ro`, '--workdir', '/rules'];
    const what = ['--entrypoint', 'promtool', this.image, ...args];
    return new Promise((resolve) => {
      execFile(
        'docker',
        [...container, ...where, ...what],
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : Number((error as { code?: number | string }).code ?? 1);
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
