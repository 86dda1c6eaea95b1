import { isMissing, type Finding, type Part } from '../../bootstrap/part.ts';
import { optionalParts } from '../../bootstrap/parts.ts';
import { findAll } from '../../bootstrap/setup.ts';
import { jsonOption, type Command } from '../command.ts';
import { table } from '../table.ts';

export type Examined = readonly { part: Pick<Part, 'id' | 'title'>; finding: Finding }[];

/** Whether a part is missing that nothing works without. */
export function lacksSomething(examined: Examined, optional: ReadonlySet<string>): boolean {
  return examined.some(({ part, finding }) => isMissing(finding) && !optional.has(part.id));
}

/** The table a person reads. */
export function report(examined: Examined, optional: ReadonlySet<string>): string {
  const rows = examined.map(({ part, finding }) => {
    if (isMissing(finding)) {
      return [
        optional.has(part.id) ? '-' : '✗',
        part.title,
        finding.missing,
        `→ ${finding.remedy}`,
      ];
    }
    const note = finding.note === undefined ? '' : ` (${finding.note})`;
    return ['✓', part.title, finding.version, `${finding.origin}${note}`];
  });
  return table(rows);
}

export const command: Command = {
  summary: 'list every part of the toolchain: version, origin, and what to do about a missing one',
  options: { json: jsonOption },
  run: async (values) => {
    const examined = await findAll();
    const missing = lacksSomething(examined, optionalParts);
    if (values['json'] === true) {
      const parts = examined.map(({ part, finding }) => ({ part: part.id, ...finding }));
      console.log(JSON.stringify({ ok: !missing, parts }, null, 2));
    } else {
      console.log(report(examined, optionalParts));
    }
    return missing ? 1 : 0;
  },
};
