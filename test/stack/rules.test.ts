/** The rules, as Prometheus's own checker sees them; and every alert, as it begins, fires and ends. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ruleGroups } from '../../observability/alerts/all.ts';
import { renderRules, RUNBOOKS } from '../../observability/alerts/rule.ts';
import { cases } from '../support/alerts/all.ts';
import { environments, everything } from '../support/alerts/environments.ts';
import { alertFiles, Promtool } from '../support/promtool.ts';

const groups = ruleGroups(everything);
const whole = Object.entries(environments).map(
  ([name, config]) => [`all-of-${name}.yml`, renderRules(ruleGroups(config))] as const,
);
const runbooks = path.resolve(import.meta.dirname, '../..', RUNBOOKS);
/** Every line of PromQL that a runbook tells people to ask. */
const asked = readdirSync(runbooks).flatMap((file) =>
  [
    ...readFileSync(path.join(runbooks, file), 'utf8').matchAll(/```promql\n([\s\S]*?)```/g),
  ].flatMap(([, text]) => text!.trim().split('\n')),
);
const tested = alertFiles(groups, cases);
let promtool: Promtool;

beforeAll(async () => {
  promtool = await Promtool.create({
    ...Object.fromEntries(whole),
    ...tested,
    'asked.yml': renderRules([
      {
        name: 'asked',
        recordings: [...new Set(asked)].map((expr, index) => ({
          record: `a:${String(index)}`,
          expr,
        })),
      },
    ]),
    'broken.yml': renderRules([
      { name: 'broken', recordings: [{ record: 'a:b:c', expr: 'sum(rate(up)' }] },
    ]),
  });
});
afterAll(() => promtool.remove());

describe('promtool', () => {
  it('finds nothing wrong with any rule, whatever the environment', async () => {
    const { code, stdout, stderr } = await promtool.run(
      ...['check', 'rules', '--lint=all', '--lint-fatal'],
      ...whole.map(([file]) => file),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(whole.length);
  });

  it('would find a rule that is wrong', async () => {
    const { code, stderr } = await promtool.run('check', 'rules', 'broken.yml');
    expect(code).not.toBe(0);
    expect(stderr).toContain('parse error');
  });

  it('could ask all that the runbooks say', async () => {
    expect(asked.length).toBeGreaterThan(50);
    const { code, stderr } = await promtool.run('check', 'rules', 'asked.yml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('sees every alert silent before its time, firing in it, and over after it', async () => {
    const files = Object.keys(tested).filter((name) => name.endsWith('.test.yml'));
    const alerts = groups.flatMap(({ alerts = [] }) =>
      alerts.map(({ name }) => `${name}.test.yml`),
    );
    expect(files.sort()).toEqual(alerts.sort());
    const { code, stdout, stderr } = await promtool.run('test', 'rules', ...files);
    expect(`${stdout}${stderr}`).not.toContain('FAILED');
    expect(code).toBe(0);
    expect(stdout.match(/SUCCESS/g)).toHaveLength(files.length);
  });
});
