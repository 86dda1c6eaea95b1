import { writeFileSync } from 'node:fs';
import { junit } from '../../rls/verify/junit.ts';
import { hasTenants, type AccessPlan } from '../../rls/model/plan.ts';
import { verifyRls } from '../../rls/verify/verify.ts';
import { closingLine, proven, reportText, type ProofReport } from '../../rls/verify/report.ts';
import { UserError } from '../../lib/errors.ts';
import {
  jsonOption,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';
import { deployedAccess, type DeployedAccess } from '../deployed-rls.ts';

const PROOFS = ['isolation'];

/** Names given with commas between them, each of which must be known; undefined when the option is not given. */
export function chosen(
  option: string,
  given: string | undefined,
  known: readonly string[],
): readonly string[] | undefined {
  const names = given?.split(',').map((name) => name.trim());
  const unknown = names?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length === 0) return names;
  throw new UsageError(
    `--${option} names ${unknown.map((name) => JSON.stringify(name)).join(', ')}, but the plan has ${known.join(', ')}`,
  );
}

/** The proof that is asked for; there is one so far. */
export function proofOf(positionals: readonly string[]): string {
  const [name, ...more] = positionals;
  if (name !== undefined && more.length === 0 && PROOFS.includes(name)) return name;
  const got = positionals.length === 0 ? 'nothing' : JSON.stringify(positionals.join(' '));
  throw new UsageError(`plinth prove: what to prove is one of ${PROOFS.join(', ')}, not ${got}`);
}

export const command: Command = {
  summary: 'prove on a running environment that no tenant reaches the rows of another',
  details: [
    'Tries every table, command, role, tenant context and route that follow from what was declared, as the',
    "application's own logins, directly and through PgBouncer. Every attack has its control: where the tenant does not",
    'reach its own rows either, the case is vacuous, which counts as a failure.',
    '',
    'Whatever it writes is rolled back. Sequences may advance, and for a second or so it takes up to eight connections',
    'of each role through the pool. Exit code 0: everything held, or the application declares no tenants; 1: a leak, or nothing proven; 2: wrong usage.',
  ].join('\n'),
  options: {
    stack: stackOption,
    table: { type: 'string', value: '<table,…>', help: 'only these tables' },
    role: { type: 'string', value: '<role,…>', help: 'only these roles' },
    json: jsonOption,
    junit: { type: 'string', value: '<file>', help: 'also write the cases as JUnit XML' },
  },
  positionals: 'isolation',
  run: async (values, positionals) => {
    proofOf(positionals);
    const target = await deployedAccess(stackOf(values));
    const { plan } = target;
    if (!hasTenants(plan)) return nothingToProve(plan, values);
    const tables = chosen(
      'table',
      text(values, 'table'),
      plan.tables.map(({ table }) => table),
    );
    const roles = chosen(
      'role',
      text(values, 'role'),
      plan.schema.roles.map(({ name }) => name),
    );
    const progress = progressOn(process.stderr);
    const report = await verifyRls(
      { ...target, plan },
      {
        ...(tables === undefined ? {} : { tables }),
        ...(roles === undefined ? {} : { roles }),
        onProgress: progress.show,
      },
    )
      .catch((error: unknown) => {
        throw unreachable(target, error);
      })
      .finally(progress.clear);
    const file = text(values, 'junit');
    if (file !== undefined) writeFileSync(file, junit(report));
    console.log(values['json'] === true ? JSON.stringify(report, null, 2) : reportText(report));
    if (values['json'] === true) console.error(closingLine(report));
    return proven(report) ? 0 : 1;
  },
};

/** What programs read is there all the same: a report without cases. */
function nothingToProve({ schema }: AccessPlan, values: Values): number {
  const report: ProofReport = { schema: schema.schema, mode: schema.mode, cases: [], seconds: 0 };
  const file = text(values, 'junit');
  if (file !== undefined) writeFileSync(file, junit(report));
  const sentence = 'this application declares no tenants, so there is nothing to prove';
  if (values['json'] === true) console.log(JSON.stringify(report, null, 2));
  (values['json'] === true ? console.error : console.log)(sentence);
  return 0;
}

/** One line that is written over, for somebody who watches. */
function progressOn(stream: NodeJS.WriteStream) {
  const write = (line: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[K${line}`);
  };
  return { show: write, clear: () => write('') };
}

function unreachable({ direct }: DeployedAccess, error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (code !== 'ECONNREFUSED' && !message.includes('timeout')) return error;
  return new UserError(
    `the database at ${direct.host}:${String(direct.port)} does not answer (${message})`,
    "see 'npx plinth status'",
  );
}
