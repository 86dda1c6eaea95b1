// The catalog of a server as lines: everything except rows. A restored server must produce the same lines. They contain
// no OIDs, no passwords and nothing that depends on the current user.

import type pg from 'pg';

/** The text of the catalog: sorted lines without duplicates. */
export function renderCatalog(lines: readonly string[]): string {
  return [...new Set(lines)]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

/** Runs `work` in a session of a database. */
type InDatabase = <T>(database: string, work: (client: pg.ClientBase) => Promise<T>) => Promise<T>;

/** The catalog of a server: its roles and the objects of the given databases. */
export async function catalogLines(
  databases: readonly string[],
  inDatabase: InDatabase,
): Promise<string> {
  const lines: string[] = [];
  for (const [index, database] of databases.entries()) {
    // Roles are shared by all databases.
    if (index === 0) lines.push(...(await inDatabase(database, roleLines)));
    lines.push(...(await inDatabase(database, (client) => databaseLines(client, database))));
  }
  return renderCatalog(lines);
}

/** Roles and their memberships. */
export async function roleLines(client: pg.ClientBase): Promise<string[]> {
  return linesOf(client, [
    `select format('role %s %s', rolname, concat_ws(' ',
              case when rolsuper then 'superuser' end, case when rolinherit then 'inherit' end,
              case when rolcreaterole then 'createrole' end, case when rolcreatedb then 'createdb' end,
              case when rolcanlogin then 'login' end, case when rolreplication then 'replication' end,
              case when rolbypassrls then 'bypassrls' end, 'connections ' || rolconnlimit,
              'until ' || coalesce(rolvaliduntil at time zone 'UTC', 'infinity')))
       from pg_roles where rolname !~ '^pg_'`,
    `select format('role-setting %s %s', rolname, setting)
       from pg_roles, unnest(rolconfig) as setting where rolname !~ '^pg_'`,
    `select format('member %s of %s %s', m.rolname, r.rolname, concat_ws(' ',
              case when a.admin_option then 'admin' end, case when a.inherit_option then 'inherit' end,
              case when a.set_option then 'set' end))
       from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
      where m.rolname !~ '^pg_'`,
  ]);
}

/** All objects of the database of a session. */
export async function databaseLines(client: pg.ClientBase, database: string): Promise<string[]> {
  const lines = await linesOf(client, DATABASE_LINES);
  return lines.map((line) => `${database}: ${line}`);
}

async function linesOf(client: pg.ClientBase, queries: readonly string[]): Promise<string[]> {
  // With an empty search_path, names of tables and types include their schema.
  await client.query("select set_config('search_path', '', false)");
  const lines: string[] = [];
  for (const query of queries) {
    const { rows } = await client.query<[string]>({ text: query, rowMode: 'array' });
    lines.push(...rows.map(([line]) => line.replaceAll(/\s*\n\s*/g, ' ')));
  }
  return lines;
}

const SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Excludes objects that belong to an extension. */
const own = (catalog: string, oid: string): string =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

const RELATIONS = `pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${SCHEMA} and c.relpersistence <> 't' and c.relkind <> 't' and ${own('pg_catalog.pg_class', 'c.oid')}`;
const NAME = `format('%I.%I', n.nspname, c.relname)`;

/** The privileges in the access control list of an object, or the default privileges if it has none. */
const grants = (what: string, list: string, kind: string, owner: string, from: string): string => `
  select format('grant on ${what} to %s: %s%s', x.name, coalesce(g.rolname, 'public'),
                a.privilege_type, case when a.is_grantable then ' with grant option' else '' end)
    from (${from}) x
    cross join lateral aclexplode(coalesce(${list}, acldefault('${kind}', ${owner}))) a
    left join pg_roles g on g.oid = a.grantee`;

const FUNCTION = `format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))`;
const FUNCTIONS = `pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${SCHEMA} and ${own('pg_catalog.pg_proc', 'p.oid')}`;
const TYPES = `pg_type t join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  where ${SCHEMA} and (t.typrelid = 0 or c.relkind = 'c') and ${own('pg_catalog.pg_type', 't.oid')}
    and not exists (select from pg_type e where e.typarray = t.oid)`;

const DATABASE_LINES = [
  `select format('database owner %s encoding %s locale %s %s %s connections %s', pg_get_userbyid(datdba),
          pg_encoding_to_char(encoding), datcollate, datctype, datlocale, datconnlimit)
     from pg_database where datname = current_database()`,
  grants(
    'database%s',
    'x.acl',
    'd',
    'x.owner',
    "select '' as name, datacl as acl, datdba as owner from pg_database where datname = current_database()",
  ),
  `select format('setting for %s: %s', coalesce(r.rolname, 'all'), setting)
     from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
     left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) as setting
    where d.datname = current_database()`,
  `select format('extension %I %s in %I', e.extname, e.extversion, n.nspname)
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
  `select format('schema %I owner %s', n.nspname, pg_get_userbyid(n.nspowner)) from pg_namespace n where ${SCHEMA}`,
  grants(
    'schema %s',
    'x.acl',
    'n',
    'x.owner',
    `select n.nspname as name, n.nspacl as acl, n.nspowner as owner from pg_namespace n where ${SCHEMA}`,
  ),
  `select format('relation %s kind %s owner %s persistence %s method %s%s%s options %s replica %s', ${NAME}, c.relkind,
          pg_get_userbyid(c.relowner), c.relpersistence, (select amname from pg_am where oid = c.relam),
          case when c.relrowsecurity then ' row-security' else '' end,
          case when c.relforcerowsecurity then ' forced' else '' end, c.reloptions, c.relreplident)
     from ${RELATIONS}`,
  `select format('partition %s of %s %s', ${NAME}, i.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid))
     from pg_inherits i, ${RELATIONS} and i.inhrelid = c.oid`,
  `select format('partitioned %s by %s', ${NAME}, pg_get_partkeydef(c.oid)) from ${RELATIONS} and c.relkind = 'p'`,
  grants(
    'relation %s',
    'x.acl',
    'r',
    'x.owner',
    `select ${NAME} as name, c.relacl as acl, c.relowner as owner from ${RELATIONS} and c.relkind not in ('S', 'i', 'I', 'c')`,
  ),
  grants(
    'sequence %s',
    'x.acl',
    's',
    'x.owner',
    `select ${NAME} as name, c.relacl as acl, c.relowner as owner from ${RELATIONS} and c.relkind = 'S'`,
  ),
  `select format('column %s.%I %s%s default %s identity %s generated %s collation %s', ${NAME}, a.attname,
          format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
          pg_get_expr(v.adbin, v.adrelid), a.attidentity, a.attgenerated, nullif(a.attcollation, t.typcollation)::regcollation)
     from pg_attribute a left join pg_attrdef v on v.adrelid = a.attrelid and v.adnum = a.attnum
     join pg_type t on t.oid = a.atttypid, ${RELATIONS}
      and a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind not in ('i', 'I', 'S')`,
  `select format('grant on column %s.%I to %s: %s', ${NAME}, a.attname, coalesce(g.rolname, 'public'), x.privilege_type)
     from pg_attribute a cross join lateral aclexplode(a.attacl) x left join pg_roles g on g.oid = x.grantee,
          ${RELATIONS} and a.attrelid = c.oid and not a.attisdropped`,
  `select format('constraint %s %I %s', ${NAME}, k.conname, pg_get_constraintdef(k.oid))
     from pg_constraint k, ${RELATIONS} and k.conrelid = c.oid`,
  `select format('index %s%s', pg_get_indexdef(i.indexrelid), case when i.indisvalid then '' else ' invalid' end)
     from pg_index i, ${RELATIONS} and i.indexrelid = c.oid`,
  `select format('policy %s %I %s for %s to %s using %s check %s', ${NAME}, p.polname,
          case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
          (select string_agg(coalesce(r.rolname, 'public'), ', ' order by r.rolname collate "C")
             from unnest(p.polroles) o left join pg_roles r on r.oid = o),
          pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
     from pg_policy p, ${RELATIONS} and p.polrelid = c.oid`,
  `select format('trigger %s %s', pg_get_triggerdef(t.oid), t.tgenabled)
     from pg_trigger t, ${RELATIONS} and t.tgrelid = c.oid and not t.tgisinternal`,
  `select format('rule %s on %s', pg_get_ruledef(r.oid), ${NAME}) from pg_rewrite r, ${RELATIONS} and r.ev_class = c.oid`,
  `select format('sequence %s as %s start %s by %s from %s to %s cache %s%s owned by %s', ${NAME}, format_type(s.seqtypid, null),
          s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' else '' end,
          (select format('%s.%I', d.refobjid::regclass, a.attname) from pg_depend d
             join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
              and d.refobjsubid > 0 limit 1))
     from pg_sequence s, ${RELATIONS} and s.seqrelid = c.oid`,
  `select format('function %s returns %s owner %s %s', ${FUNCTION}, pg_get_function_result(p.oid), pg_get_userbyid(p.proowner),
          case when p.prokind = 'a' then 'aggregate' else md5(pg_get_functiondef(p.oid)) end) from ${FUNCTIONS}`,
  grants(
    'function %s',
    'x.acl',
    'f',
    'x.owner',
    `select ${FUNCTION} as name, p.proacl as acl, p.proowner as owner from ${FUNCTIONS}`,
  ),
  `select format('type %I.%I kind %s owner %s base %s%s default %s labels %s', n.nspname, t.typname, t.typtype,
          pg_get_userbyid(t.typowner), format_type(nullif(t.typbasetype, 0), t.typtypmod),
          case when t.typnotnull then ' not null' else '' end, t.typdefault,
          (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid))
     from ${TYPES}`,
  grants(
    'type %s',
    'x.acl',
    'T',
    'x.owner',
    `select format('%I.%I', n.nspname, t.typname) as name, t.typacl as acl, t.typowner as owner from ${TYPES}`,
  ),
  `select format('domain-constraint %s %I %s', k.contypid::regtype, k.conname, pg_get_constraintdef(k.oid))
     from pg_constraint k join pg_namespace n on n.oid = k.connamespace where k.contypid <> 0 and ${SCHEMA}`,
  `select format('default privileges of %s in %s on %s to %s: %s', pg_get_userbyid(f.defaclrole), n.nspname, f.defaclobjtype,
          coalesce(g.rolname, 'public'), a.privilege_type)
     from pg_default_acl f left join pg_namespace n on n.oid = f.defaclnamespace
     cross join lateral aclexplode(f.defaclacl) a left join pg_roles g on g.oid = a.grantee`,
  `select format('statistics %s', pg_get_statisticsobjdef(s.oid))
     from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${SCHEMA}`,
  `select format('event trigger %I on %s calls %s %s', evtname, evtevent, evtfoid::regproc, evtenabled)
     from pg_event_trigger e where ${own('pg_catalog.pg_event_trigger', 'e.oid')}`,
  `select format('publication %I owner %s %s', pubname, pg_get_userbyid(pubowner),
          concat_ws(' ', case when puballtables then 'all tables' end, case when pubinsert then 'insert' end,
          case when pubupdate then 'update' end, case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end))
     from pg_publication`,
  `select format('published %I %I.%I', pubname, schemaname, tablename) from pg_publication_tables`,
  `select format('comment on %s %s: %s', o.type, o.identity, d.description)
     from pg_description d cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) o
    where d.objoid >= 16384 and not exists (select from pg_depend e
      where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')
      and d.classoid <> 'pg_catalog.pg_extension'::regclass`,
  `select format('large object of %s', pg_get_userbyid(lomowner)) || ' number ' || oid from pg_largeobject_metadata`,
];
