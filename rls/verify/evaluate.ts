import type { Case } from './matrix.ts';
import type { CaseResult } from './report.ts';
import type { Attempt } from './session.ts';

export type Verdict = Pick<CaseResult, 'expected' | 'got' | 'outcome'>;

const EXPECTED = {
  reaches: 'its own rows and no others',
  nothing: 'no rows',
  refused: 'refused by row security',
  denied: 'permission denied',
  allowed: 'allowed',
} as const;

/** What an attempt means for its case. */
export function evaluate(
  planned: Pick<Case, 'expects' | 'accepted' | 'command'>,
  attempt: Attempt,
): Verdict {
  const verdict = (outcome: CaseResult['outcome']): Verdict => {
    const accepted = outcome === 'leaked' ? planned.accepted : undefined;
    const got = told(attempt, planned.command);
    return {
      expected: EXPECTED[planned.expects],
      got: accepted === undefined ? got : `${got} (${accepted})`,
      outcome: accepted === undefined ? outcome : 'acknowledged',
    };
  };
  const { kind } = attempt;
  // Neither let in nor refused: nothing is proven.
  if (kind === 'error') return verdict('vacuous');
  const reached = kind === 'stopped late' || (kind === 'rows' && attempt.reached > 0);
  const strangers = kind === 'rows' && (attempt.strangers ?? 0) > 0;
  const visible = kind === 'rows' && (attempt.total ?? 0) > 0;
  switch (planned.expects) {
    case 'reaches':
      if (strangers) return verdict('leaked');
      return verdict(reached ? 'held' : 'vacuous');
    case 'nothing':
      return verdict(reached || strangers || visible ? 'leaked' : 'held');
    case 'refused':
      if (kind === 'refused') return verdict('held');
      return verdict(reached || planned.command === 'COPY FROM' ? 'leaked' : 'vacuous');
    case 'denied':
      return verdict(kind === 'refused' ? 'held' : 'leaked');
    case 'allowed':
      return verdict(kind === 'refused' ? 'vacuous' : 'held');
  }
}

/** A case that holds proves nothing when its control does not. */
export function withControl(verdict: Verdict, control: Verdict | undefined): Verdict {
  if (control === undefined || control.outcome === 'held' || verdict.outcome !== 'held')
    return verdict;
  return {
    ...verdict,
    outcome: 'vacuous',
    got: `${verdict.got}, but the control failed: in its own context the tenant got ${control.got}`,
  };
}

function told(attempt: Attempt, command: string): string {
  if (attempt.kind !== 'rows') return attempt.message;
  if (command === 'COPY FROM' || command === 'TRUNCATE') return 'let in';
  const { reached, total = reached, strangers = 0 } = attempt;
  const rows = (count: number) => (count === 1 ? '1 row' : `${count} rows`);
  if (strangers > 0) return `${rows(strangers)} of other tenants`;
  if (total > reached) return `${rows(reached)} of those tried, ${total} in all`;
  return reached === 0 ? 'no rows' : rows(reached);
}
