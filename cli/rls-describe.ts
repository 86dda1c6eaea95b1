// What an audit and a lint found, as a person reads it.

import { CHECKS } from '../rls/audit/unmanaged.ts';
import type { Finding } from '../rls/audit/finding.ts';
import { LEVELS, type LintResult } from '../rls/lint/lint.ts';
import { LINTS } from '../rls/lint/run.ts';
import type { AccessPlan } from '../rls/model/plan.ts';

/** `1 table`, `6 tables`. */
function count(many: number, one: string): string {
  if (many === 1) return `1 ${one}`;
  return `${many} ${one.endsWith('y') ? `${one.slice(0, -1)}ies` : `${one}s`}`;
}

/** What was looked at, in numbers. */
export function extentText({ schema, tables }: AccessPlan): string {
  const policies = tables.flatMap((table) => table.policies).length;
  const grants = tables.flatMap((table) => Object.keys(table.grants)).length;
  return [
    `${count(tables.length, 'table')} of schema ${schema.schema}`,
    count(policies, 'policy'),
    count(grants, 'grant'),
    count(schema.memberships.length, 'membership'),
  ].join(', ');
}

/** The audit's words where nothing differs. */
export function clearText(plan: AccessPlan): string {
  return (
    `Nothing differs from what was deployed. Compared: ${extentText(plan)}.\n` +
    `Nothing walks around the policies: ${count(CHECKS.length + 3, 'check')} of roles, memberships, the schema, views,\n` +
    'functions, triggers, partitions, publications, settings and default privileges.'
  );
}

/** Findings by what they are about, each with its remedy below it. */
export function auditText(findings: readonly Finding[]): string {
  const objects = [...new Set(findings.map(({ object }) => object))];
  const blocks = objects.map((object) =>
    [
      object,
      ...findings
        .filter((finding) => finding.object === object)
        .flatMap(({ says, remedy }) => [`  ✗ ${says}`, `    → ${remedy}`]),
    ].join('\n'),
  );
  const where = count(objects.length, 'place');
  return `${blocks.join('\n\n')}\n\n${count(findings.length, 'difference')} in ${where}.`;
}

const MARKS = { error: '✗', warning: '!', info: 'i' } as const;

/** What the lints say, gravest first; the reason once, then every place with its remedy. */
export function lintText(results: readonly LintResult[], hidden: number, plan: AccessPlan): string {
  const ids = [...new Set(results.map(({ id }) => id))];
  const blocks = ids.map((id) => {
    const these = results.filter((result) => result.id === id);
    return these
      .flatMap(({ level, title, why, object, detail, fix }, place) => [
        ...(place === 0 ? [`${MARKS[level]} ${title} (${id})`, `  ${why}`] : []),
        `  - ${object} ${detail}`,
        `    → ${fix}`,
      ])
      .join('\n');
  });
  const numbers = LEVELS.map((level) =>
    count(results.filter((result) => result.level === level).length, level),
  );
  const more = hidden === 0 ? '' : `, ${hidden} below that level not shown`;
  const summary = `${count(LINTS.length, 'check')} of ${extentText(plan)}: ${numbers.join(', ')}${more}.`;
  return [...blocks, summary].join('\n\n');
}
