-- The pooler's own role: comes in by peer over the shared socket only, has no password, may do nothing else.
do $$ begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'pgbouncer') then
    create role pgbouncer;
  end if;
end $$;
alter role pgbouncer with login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls
  password null connection limit -1 valid until 'infinity';

revoke all on database postgres from public;
revoke all on database template1 from public;
grant connect on database postgres to pgbouncer;

create schema if not exists pgbouncer;
alter schema pgbouncer owner to postgres;
revoke all on schema pgbouncer from public;
grant usage on schema pgbouncer to pgbouncer;

create or replace function pgbouncer.user_lookup(wanted text)
  returns table (username text, password text)
  language sql stable strict security definer set search_path = ''
  as $$
    select r.rolname::text, r.rolpassword
      from pg_catalog.pg_authid r
     where r.rolname::text = wanted
       and r.rolcanlogin and not r.rolsuper and not r.rolreplication and not r.rolbypassrls
       and (r.rolvaliduntil is null or r.rolvaliduntil > pg_catalog.now())
  $$;
alter function pgbouncer.user_lookup(text) owner to postgres;
revoke all on function pgbouncer.user_lookup(text) from public;
grant execute on function pgbouncer.user_lookup(text) to pgbouncer;
