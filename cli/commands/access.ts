import type { AccessPlan } from '../../rls/model/plan.ts';
import { LEVELS, type Level } from '../../rls/lint/lint.ts';
import { lint } from '../../rls/lint/run.ts';
import { audit } from '../../rls/audit/audit.ts';
import { loadAccess } from '../../rls/load.ts';
import { UserError } from '../../lib/errors.ts';
import { configOf, showText } from '../rls-show.ts';
import { applicationFrom, applicationHere, tenantKey } from '../application.ts';
import { auditText, clearText, lintText } from '../rls-describe.ts';
import { deployedAccess } from '../deployed-rls.ts';
import { urlsFrom } from '../connections.ts';
import { outputs } from '../pulumi.ts';
import { contextFrom, tokenFor } from '../tenant-context.ts';
import { loginOf } from './psql.ts';
import { inReadOnlySession } from '../read-only-session.ts';
import {
  jsonOption,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';

type Subcommand = (values: Values, table?: string) => Promise<number>;

const subcommands: Readonly<Record<string, Subcommand>> = {
  show: runShow,
  token: runToken,
  audit: runAudit,
  lint: runLint,
};

async function runShow(values: Values, table?: string): Promise<number> {
  refuse(values, 'show', ['level', 'strict']);
  const application = await applicationHere();
  const plan = await loadAccess(await configOf(stackOf(values), application), application);
  if (plan === undefined) {
    throw new UserError(`${stackOf(values)} makes no tables`, 'set application.migrations to true');
  }
  if (values['json'] === true) print(plan);
  else console.log(showText(plan, table));
  return 0;
}

async function runToken(values: Values, tenant?: string): Promise<number> {
  refuse(values, 'token', ['level', 'strict', 'json']);
  if (tenant === undefined) throw new UsageError('plinth access token: say for which tenant');
  const all = await outputs(stackOf(values));
  const { database } = loginOf(urlsFrom(all), 'app', false);
  tenantKey(tenant, applicationFrom(all, stackOf(values)), 'the tenant');
  console.log(tokenFor({ context: contextFrom(all), database, tenant, seconds: 300 }));
  return 0;
}

async function runAudit(values: Values): Promise<number> {
  refuse(values, 'audit', ['level', 'strict']);
  const target = await deployedAccess(stackOf(values));
  const findings = await inReadOnlySession(target, (query) => audit(query, target.plan));
  if (values['json'] === true) print({ checked: extent(target.plan), findings });
  else console.log(findings.length === 0 ? clearText(target.plan) : auditText(findings));
  return findings.length === 0 ? 0 : 1;
}

async function runLint(values: Values): Promise<number> {
  const least = levelOf(values);
  const target = await deployedAccess(stackOf(values));
  const all = await inReadOnlySession(target, (query) => lint(query, target.plan));
  const results = all.filter(({ level }) => LEVELS.indexOf(level) <= LEVELS.indexOf(least));
  if (values['json'] === true) print({ checked: extent(target.plan), results });
  else console.log(lintText(results, all.length - results.length, target.plan));
  const fatal: readonly Level[] = values['strict'] === true ? ['error', 'warning'] : ['error'];
  return all.some(({ level }) => fatal.includes(level)) ? 1 : 0;
}

function extent(plan: AccessPlan): Readonly<Record<string, unknown>> {
  return {
    schema: plan.schema.schema,
    tables: plan.tables.map(({ table }) => table),
    roles: plan.schema.roles.map(({ name }) => name),
  };
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/** The least level to show. */
export function levelOf(values: Values): Level {
  const wanted = text(values, 'level') ?? 'info';
  const level = LEVELS.find((one) => one === wanted);
  if (level !== undefined) return level;
  throw new UsageError(
    `--level is ${JSON.stringify(wanted)}, but must be ${LEVELS.join(', ')}: try warning`,
  );
}

function refuse(values: Values, name: string, options: readonly string[]): void {
  const given = options.find((option) => values[option] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`plinth access ${name} has no --${given}: leave it out, or say lint`);
}

/** What is to be done; a mistake says what there is. */
export function subcommandOf(positionals: readonly string[]): string {
  const [name, ...more] = positionals;
  const known = Object.keys(subcommands).join(', ');
  if (name === undefined) throw new UsageError(`plinth access does ${known}: say which`);
  const most = name === 'show' || name === 'token' ? 1 : 0;
  if (!Object.hasOwn(subcommands, name) || more.length > most) {
    throw new UsageError(
      `plinth access does ${known}, not ${JSON.stringify(positionals.join(' '))}`,
    );
  }
  return name;
}

export const command: Command = {
  summary: 'who may see what: compare the running server with what was deployed, find mistakes',
  details:
    'show   says what the tenancy in app/ comes to, of all tables or one, in words and in SQL\n' +
    'token  prints a token for one tenant, good for five minutes, where tenants are signed\n' +
    'audit  compares tables, policies, grants, roles and everything that walks around them with the deployed plan;\n' +
    '       exit code 1 when something differs\n' +
    'lint   looks for mistakes in the schema, its policies and privileges; exit code 1 when there is an error\n' +
    'None of them changes anything. Each finding has its remedy below it.',
  options: {
    stack: stackOption,
    level: {
      type: 'string',
      value: '<level>',
      help: 'lint: show error, warning or info and what is graver (default: info)',
    },
    strict: { type: 'boolean', help: 'lint: exit code 1 for warnings too' },
    json: jsonOption,
  },
  positionals: 'show [table]|token <tenant>|audit|lint',
  run: async (values, positionals) => {
    const run = subcommands[subcommandOf(positionals)];
    return run === undefined ? 2 : run(values, positionals[1]);
  },
};
