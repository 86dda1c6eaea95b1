import { groupBy } from '../../lib/group-by.ts';
import { COMMANDS, CONTEXTS, isUnfiltered } from './matrix.ts';

/** Stands where a case is about no role. */
export const SERVER = 'the server';

export interface CaseResult {
  /** `*` where it is about the role and no table. */
  readonly table: string;
  readonly role: string;
  readonly command: string;
  readonly context: string;
  readonly route: string;
  readonly expected: string;
  readonly got: string;
  readonly outcome: Outcome;
}

/**
 * - `held`: the attack got nothing, and the control shows that there was something to get
 * - `acknowledged`: it got something that is known and said
 * - `leaked`: it got what it must not
 * - `vacuous`: nothing is proven, because the control failed or could not be made
 */
export type Outcome = 'held' | 'leaked' | 'vacuous' | 'acknowledged';

export interface ProofReport {
  readonly mode: string;
  readonly schema: string;
  readonly cases: readonly CaseResult[];
  readonly seconds: number;
}

/** Whether everything held, and something was tried. */
export function proven({ cases }: ProofReport): boolean {
  return cases.length > 0 && !cases.some(({ outcome }) => isFailure(outcome));
}

export function isFailure(outcome: Outcome): boolean {
  return outcome === 'leaked' || outcome === 'vacuous';
}

const HEADS = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'UPSERT',
  'UPD.RET',
  'MERGE',
  'COPY TO',
  'COPY FROM',
  'TRUNCATE',
];
const COLUMNS = COMMANDS.filter((command) => !isUnfiltered(command));
const TABLE_WIDTH = 17;
const CELL_WIDTH = 7;
const SHOWN = 40;

/** What a person reads: at most 100 columns, but for the sentences. */
export function reportText(report: ProofReport): string {
  const { cases } = report;
  const roles = [...new Set(cases.map(({ role }) => role))];
  return [
    ...roles.flatMap((role) => [
      ...block(
        role,
        cases.filter((one) => one.role === role),
      ),
      '',
    ]),
    ...summary('routes', cases, ({ route }) => route),
    ...summary('contexts', cases, ({ context }) => context),
    '',
    ...acknowledgements(cases),
    ...failures(cases),
    closingLine(report),
  ].join('\n');
}

/** `N cases held, …`. */
export function closingLine({ cases, seconds }: ProofReport): string {
  const count = (outcome: Outcome) => cases.filter((one) => one.outcome === outcome).length;
  return (
    `${count('held')} cases held, ${count('acknowledged')} acknowledged, ${count('leaked')} leaked, ` +
    `${count('vacuous')} vacuous in ${seconds.toFixed(1)} s`
  );
}

/** One role: its tables against the commands. */
function block(role: string, cases: readonly CaseResult[]): string[] {
  const inMatrix = cases.filter(({ table, command }) => table !== '*' && isCommand(command));
  const tables = [...new Set(inMatrix.map(({ table }) => table))].sort();
  const rows = tables.map((table) => [
    table,
    ...COLUMNS.map((command) =>
      cell(inMatrix.filter((one) => one.table === table && columnOf(one.command) === command)),
    ),
  ]);
  const others = cases.filter((one) => !inMatrix.includes(one));
  return [
    ...(role === SERVER ? [] : [line([role, ...HEADS]), ...rows.map(line)]),
    ...(others.length === 0 ? [] : [`${cell(others)} ${aside(role)}`]),
  ];
}

function aside(role: string): string {
  return role === SERVER
    ? 'comparisons of the server with what was declared'
    : `on what ${role} is and may otherwise`;
}

/** Variants of a command share its column. */
function columnOf(command: string): string {
  return command.replace(/ without WHERE$/, '');
}

function isCommand(command: string): boolean {
  return COMMANDS.some((one) => one === command);
}

function line([first = '', ...cells]: readonly string[]): string {
  const name = first.length > TABLE_WIDTH ? `${first.slice(0, TABLE_WIDTH - 1)}…` : first;
  const padded = cells.map((text, place) =>
    text.padStart(Math.max(CELL_WIDTH, HEADS[place]?.length ?? 0)),
  );
  return [name.padEnd(TABLE_WIDTH), ...padded].join(' ').trimEnd();
}

/** `✓ 42`: how many cases, and whether all of them held. */
function cell(cases: readonly CaseResult[]): string {
  if (cases.length === 0) return '-';
  const failed = cases.filter(({ outcome }) => isFailure(outcome)).length;
  return failed === 0 ? `✓ ${cases.length}` : `✗ ${failed}/${cases.length}`;
}

function summary(
  title: string,
  cases: readonly CaseResult[],
  by: (one: CaseResult) => string,
): string[] {
  const groups = groupBy(cases, by);
  const width = Math.max(0, ...[...groups.keys()].map((name) => name.length));
  return [
    title,
    ...[...groups].map(([name, group]) => {
      const meaning: string | undefined = (CONTEXTS as Readonly<Record<string, string>>)[name];
      return `  ${name.padEnd(width)}  ${cell(group).padEnd(10)}${meaning ?? ''}`.trimEnd();
    }),
  ];
}

function acknowledgements(cases: readonly CaseResult[]): string[] {
  const known = groupBy(
    cases.filter(({ outcome }) => outcome === 'acknowledged'),
    ({ got }) => /\((.*)\)$/s.exec(got)?.[1] ?? got,
  );
  const sentences = [...known].map(
    ([why, group]) => `acknowledged in ${group.length} cases: ${why}`,
  );
  return sentences.length === 0 ? [] : [...sentences, ''];
}

function failures(cases: readonly CaseResult[]): string[] {
  const leaks = cases.filter(({ outcome }) => outcome === 'leaked').map(sentence);
  // One cause makes many cases vacuous: it is said once.
  const causes = groupBy(
    cases.filter(({ outcome }) => outcome === 'vacuous'),
    ({ role, expected, got }) => JSON.stringify([role, expected, got]),
  );
  const empty = [...causes.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          `${sentence(first)}${more.length === 0 ? '' : ` (and ${more.length} more cases like it)`}`,
        ],
  );
  return [...shortened(leaks), ...shortened(empty)];
}

function shortened(sentences: readonly string[]): string[] {
  if (sentences.length === 0) return [];
  const rest = sentences.length - SHOWN;
  return [
    ...sentences.slice(0, SHOWN),
    ...(rest > 0 ? [`… and ${rest} more: see --json`] : []),
    '',
  ];
}

/** `✗ leaked: app, SELECT on orders, …`. */
export function sentence(one: CaseResult): string {
  const where = one.table === '*' ? '' : ` on ${one.table}`;
  return (
    `✗ ${one.outcome}: ${one.role}, ${one.command}${where}, context ${one.context}, ${one.route}: ` +
    `expected ${one.expected}, got ${one.got}`
  );
}
