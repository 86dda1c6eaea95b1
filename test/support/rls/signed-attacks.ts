/** Ways to become another tenant where the tenant is a signed token, and the honest ways beside them. */
import type { Statement } from '../../../rls/token/sql.ts';
import { mintToken, type SigningKey, type TokenArgs } from '../../../rls/token/token.ts';

export const MINE = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';
export const THEIRS = '59c9c531-285b-72d0-7c2a-e595e0955d73';
export const OWN_ROWS = 3;
export const THEIR_ROWS = 5;

export type Key = SigningKey;

export const KEY: Key = { id: 'k1', secret: 'a1'.repeat(32) };

/** A minute of MINE, unless said otherwise. */
export function token(database: string, more: Partial<TokenArgs> = {}): string {
  const expiresAt = new Date(Date.now() + 60_000);
  return mintToken({ key: KEY, database, tenant: MINE, expiresAt, ...more });
}

/**
 * A table of two tenants, and an application that may do more than any should: make objects in a schema of its own, and
 * temporary ones. By the superuser, after the context has been made.
 */
export const SCENE = `
  create schema proof;
  create table proof.things (tenant uuid not null, note text not null);
  insert into proof.things select '${MINE}', n::text from generate_series(1, ${OWN_ROWS}) n;
  insert into proof.things select '${THEIRS}', n::text from generate_series(1, ${THEIR_ROWS}) n;
  alter table proof.things enable row level security;
  alter table proof.things force row level security;
  create policy things_app on proof.things to app using (tenant = (select tenant.id()));
  grant usage on schema proof to app;
  grant select on proof.things to app;
  create schema evil;
  grant create on schema evil to app;
  grant usage on schema evil to public;
  do $$ begin execute format('grant temporary on database %I to app', current_database()); end $$;`;

export const UNDO_SCENE = `
  drop schema if exists proof, evil cascade;
  do $$ begin execute format('revoke temporary on database %I from app', current_database()); end $$;`;

/** How many rows the application sees. */
export const COUNT = 'select count(*)::int as n from proof.things';

export interface Attack {
  readonly name: string;
  /** Run one by one on a connection of its own, each a message of its own. */
  readonly statements: readonly string[];
  /** Asked at the end. @default COUNT */
  readonly count?: string;
  /** Rows that it sees in the end, or the SQLSTATE with which it is refused. */
  readonly ends: number | string;
}

const REFUSED = '28000';
const FORBIDDEN = '42501';

const enter = (said: string) => `select tenant.enter('${said}')`;
const entered = (said: string) => ['begin', enter(said)];

/** What stands in the parameter while the tenant is `tenant`. */
const standing = (tenant: string) => `tenant_${Buffer.from(tenant).toString('hex')}`;

/** All of them for a database, with tokens that are good for a minute. */
export function attacks(database: string, key = KEY): Attack[] {
  const signed = (more: Partial<TokenArgs> = {}) => token(database, { key, ...more });
  const mine = signed();
  const theirs = signed({ tenant: THEIRS });
  const parts = mine.split('.');
  const with_ = (at: number, part: string) => parts.with(at, part).join('.');
  const forged = standing(THEIRS);
  return [
    { name: 'honest: a token shows its own rows', statements: entered(mine), ends: OWN_ROWS },
    {
      name: 'honest: the token of the other shows theirs',
      statements: entered(theirs),
      ends: THEIR_ROWS,
    },
    { name: 'no token', statements: ['begin'], ends: 0 },
    ...bad('an empty token', ''),
    ...bad('a word', 'v1'),
    ...bad('a tenant in plain words', MINE),
    ...bad('no signature', parts.slice(0, 4).join('.')),
    ...bad('an empty signature', with_(4, '')),
    ...bad('a signature less its last letter', mine.slice(0, -1)),
    ...bad('a signature less its first letter', with_(4, parts[4]?.slice(1) ?? '')),
    ...bad('a signature in capitals', with_(4, parts[4]?.toUpperCase() ?? '')),
    ...bad('a signature of zeros', with_(4, '0'.repeat(64))),
    ...bad('a letter more', `${mine}0`),
    ...bad('a blank before', ` ${mine}`),
    ...bad('another version', with_(0, 'v2')),
    ...bad('the tenant of another', with_(2, theirs.split('.')[2] ?? '')),
    ...bad('a longer life', with_(3, '9999999999')),
    ...bad(
      'tenant and expiry swapped',
      [parts[0], parts[1], parts[3], parts[2], parts[4]].join('.'),
    ),
    ...bad('a key that does not exist', with_(1, 'k0')),
    ...bad('another secret', signed({ key: { ...key, secret: 'b2'.repeat(32) } })),
    ...bad('another database', signed({ database: `${database}2` })),
    ...bad('expired by a second', signed({ expiresAt: new Date(Date.now() - 1000) })),
    {
      name: 'a good token for no value of the type',
      statements: entered(signed({ tenant: 'nobody' })),
      ends: '22P02',
    },
    { name: 'NULL', statements: ['begin', 'select tenant.enter(null)'], ends: REFUSED },

    {
      name: 'the rest of a session after a transaction',
      statements: [...entered(mine), 'commit'],
      ends: 0,
    },
    { name: 'a statement after one that entered by itself', statements: [enter(mine)], ends: 0 },
    {
      name: 'a second transaction in the same message',
      statements: [`begin; ${enter(mine)}; commit; begin`],
      ends: 0,
    },
    {
      name: 'a block that commits and goes on',
      statements: [
        `do $$ declare n int; begin perform tenant.enter('${mine}'); commit;
          select count(*) into n from proof.things; perform set_config('app.seen', n::text, false); end $$`,
      ],
      count: `select current_setting('app.seen')::int as n`,
      ends: 0,
    },
    {
      name: 'honest: the same block without the commit',
      statements: [
        `do $$ declare n int; begin perform tenant.enter('${mine}');
          select count(*) into n from proof.things; perform set_config('app.seen', n::text, false); end $$`,
      ],
      count: `select current_setting('app.seen')::int as n`,
      ends: OWN_ROWS,
    },
    {
      name: 'what stood there, copied into the next transaction',
      statements: [
        ...entered(mine),
        `select set_config('app.copy', current_setting('backtrace_functions'), false)`,
        'commit',
        'begin',
        `select set_config('backtrace_functions', current_setting('app.copy'), true)`,
      ],
      ends: FORBIDDEN,
    },
    ...['true', 'false'].map((local) => ({
      name: `a forged tenant, ${local === 'true' ? 'for the transaction' : 'for the session'}`,
      statements: ['begin', `select set_config('backtrace_functions', '${forged}', ${local})`],
      ends: FORBIDDEN,
    })),
    ...[`set local backtrace_functions = '${forged}'`, `set backtrace_functions = '${forged}'`].map(
      (statement) => ({
        name: statement.split(' =')[0] ?? '',
        statements: ['begin', statement],
        ends: FORBIDDEN,
      }),
    ),
    {
      name: 'a forged tenant over an honest one',
      statements: [...entered(mine), `set local backtrace_functions = '${forged}'`],
      ends: FORBIDDEN,
    },
    {
      name: 'a setting for every session of the login',
      statements: [`alter role current_user set backtrace_functions = '${forged}'`],
      ends: FORBIDDEN,
    },
    {
      name: 'a function that sets it',
      statements: [
        `create function evil.n() returns bigint language sql set backtrace_functions = '${forged}' as 'select count(*) from proof.things'`,
      ],
      ends: FORBIDDEN,
    },
    {
      name: 'honest: entering twice, as the second',
      statements: [...entered(mine), enter(theirs)],
      ends: THEIR_ROWS,
    },
    {
      name: 'honest: back to the savepoint, as the first',
      statements: [...entered(mine), 'savepoint s', enter(theirs), 'rollback to s'],
      ends: OWN_ROWS,
    },
    {
      name: 'honest: a savepoint that is kept',
      statements: ['begin', 'savepoint s', enter(mine), 'release s'],
      ends: OWN_ROWS,
    },
    {
      name: 'back to a savepoint before it entered',
      statements: ['begin', 'savepoint s', enter(mine), 'rollback to s'],
      ends: 0,
    },
    { name: 'RESET ALL', statements: [...entered(mine), 'reset all'], ends: 0 },
    { name: 'RESET', statements: [...entered(mine), 'reset backtrace_functions'], ends: FORBIDDEN },

    {
      name: 'to be taken at its word',
      statements: ['begin', `select tenant.become('${THEIRS}')`],
      ends: FORBIDDEN,
    },
    ...[
      'select * from tenant.keys',
      'copy tenant.keys to stdout',
      'delete from tenant.keys',
      `insert into tenant.keys values ('k2', '', '')`,
      'lock table tenant.keys',
      'create table evil.k (like tenant.keys)',
    ].map(forbidden),
    ...[
      'set role tenant_keeper',
      'set session authorization tenant_keeper',
      'grant tenant_keeper to app',
    ].map(forbidden),
    ...[
      `create or replace function tenant.id() returns uuid language sql as $$select '${THEIRS}'::uuid$$`,
      `create function tenant.id(n int) returns uuid language sql as $$select '${THEIRS}'::uuid$$`,
      'alter function tenant.enter(text) security invoker',
      'alter function tenant.id() set search_path = evil',
      'alter schema tenant owner to app',
      'create view tenant.v as select 1',
      'set row_security = off; select count(*) from proof.things',
    ].map(forbidden),
    {
      name: 'names that mean something else on its search_path',
      statements: [
        ...EVIL,
        'set search_path = evil, pg_temp, pg_catalog',
        'begin',
        enter(with_(4, '0'.repeat(64))),
      ],
      ends: REFUSED,
    },
    {
      name: 'functions of its own, called by the keeper of the keys',
      statements: [
        ...EVIL,
        'set search_path = evil, pg_temp, pg_catalog',
        ...entered(mine),
        'set search_path = pg_catalog',
      ],
      count: `select count(*)::int as n from (select current_setting('app.evil', true) as by) t where by = 'tenant_keeper'`,
      ends: 0,
    },
    {
      name: 'honest: those names do mean something else',
      statements: [...EVIL, 'set search_path = evil, pg_temp, pg_catalog'],
      count: `select case when byteaeq('a', 'b') and 'a'::bytea = 'b'::bytea then 1 end as n`,
      ends: 1,
    },
    {
      name: 'honest: its own token among them',
      statements: [...EVIL, 'set search_path = evil, pg_temp, pg_catalog', ...entered(mine)],
      ends: OWN_ROWS,
    },
  ];
}

const bad = (name: string, said: string): Attack[] => [
  { name: `a token with ${name}`, statements: entered(said), ends: REFUSED },
];

const forbidden = (statement: string): Attack => ({
  name: statement.split(' language')[0] ?? statement,
  statements: ['begin', statement],
  ends: FORBIDDEN,
});

/** True, whatever is compared, and a note of who asked. */
const REMEMBERING = `language sql as $$select set_config('app.evil', current_user::text, false) is not null$$`;

/** Everything that could make a comparison true, a hash known, or a key somebody else's. */
const EVIL = [
  `create or replace function evil.byteaeq(bytea, bytea) returns boolean ${REMEMBERING}`,
  `create or replace function evil.texteq(text, text) returns boolean ${REMEMBERING}`,
  `create or replace function evil.float8gt(float8, float8) returns boolean ${REMEMBERING}`,
  `create or replace function evil.sha256(bytea) returns bytea language sql immutable as $$select ''::bytea$$`,
  `create or replace function evil.starts_with(text, text) returns boolean ${REMEMBERING}`,
  `create or replace function evil.current_setting(text) returns text language sql immutable as $$select '${standing(THEIRS)}'$$`,
  `do $$ begin
    create operator evil.= (leftarg = bytea, rightarg = bytea, function = evil.byteaeq);
    create operator evil.= (leftarg = text, rightarg = text, function = evil.texteq);
    create operator evil.> (leftarg = float8, rightarg = float8, function = evil.float8gt);
  exception when duplicate_function then null; end $$`,
  `create temp table if not exists keys (id text, inner_pad bytea, outer_pad bytea, not_after timestamptz)`,
  `insert into keys values ('k1', '', '', null)`,
];

/** What an attack came to: rows, or the SQLSTATE and the words of the refusal. */
export type Ending = { readonly ends: number | string; readonly message: string };

/** Runs an attack on a connection that was made for it. */
export async function attempt(
  attack: Attack,
  run: (statement: string) => Promise<readonly unknown[]>,
): Promise<Ending> {
  try {
    for (const statement of attack.statements) await run(statement);
    const [row] = await run(attack.count ?? COUNT);
    return { ends: (row as { n: number }).n, message: '' };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { ends: code ?? message, message };
  }
}

/** Statements with parameters for a superuser's client. */
export async function runAll(
  statements: readonly Statement[],
  run: (sql: string, values: unknown[]) => Promise<unknown>,
): Promise<void> {
  for (const { sql, values } of statements) await run(sql, [...values]);
}
