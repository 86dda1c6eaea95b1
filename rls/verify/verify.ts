import { audit } from '../audit/audit.ts';
import type { Finding } from '../audit/finding.ts';
import type { TenantPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { proveIsolation, type ProofOptions } from './verify-isolation.ts';
import { SERVER, type CaseResult, type ProofReport } from './report.ts';
import { connect } from './session.ts';
import type { ProofTarget } from './target.ts';

const AUDIT = 'audit';

/**
 * Everything there is to prove: the attempts of `proveIsolation`, and then that the server is as it was declared, which
 * finds what no attempt could.
 *
 * @throws as `proveIsolation` does
 */
export async function verifyRls(
  target: ProofTarget,
  options: ProofOptions = {},
): Promise<ProofReport> {
  const started = performance.now();
  const report = await proveIsolation(target, options);
  options.onProgress?.('comparing the server with what was declared');
  const session = await connect(target.direct, target.superuser, target.database);
  try {
    const compared = await asDeclared(session.ask, target.plan);
    const wanted = ({ table }: CaseResult) =>
      table === '*' || (options.tables?.includes(table) ?? true);
    return {
      ...report,
      cases: [...report.cases, ...compared.filter(wanted)],
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await session.close();
  }
}

/**
 * What no attempt could show: a view, a function or a role that walks around the policies, or a policy that is not the
 * declared one and only leaks for somebody who knows how. One case a table and one for everything around them.
 */
async function asDeclared(query: Query, plan: TenantPlan): Promise<CaseResult[]> {
  const findings = await audit(query, plan);
  const prefix = `${plan.schema.schema}.`;
  const table = ({ object }: Finding): string => {
    const name = object.startsWith(prefix) ? object.slice(prefix.length) : '';
    return plan.tables.some((one) => one.table === name) ? name : '*';
  };
  const leaks = findings.map((finding) =>
    result(table(finding), finding.kind, finding.says, 'leaked'),
  );
  const touched = new Set(leaks.map((leak) => leak.table));
  const names = [...plan.tables.map((one) => one.table), '*'];
  const held = names
    .filter((name) => !touched.has(name))
    .map((name) => result(name, AUDIT, 'nothing else', 'held'));
  return [...held, ...leaks];
}

function result(
  table: string,
  command: string,
  got: string,
  outcome: CaseResult['outcome'],
): CaseResult {
  const expected = 'what was declared';
  return { table, role: SERVER, command, context: 'none', route: 'direct', expected, got, outcome };
}
