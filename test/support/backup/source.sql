-- A server with everything that a backup must bring back, names that nobody would choose included.
\set ON_ERROR_STOP 1
create role migrator nologin;
create role app nologin;
create role app_a login in role app connection limit 20;
create role readonly nologin;
create role "o'dd role ""x"" ünï" login valid until '2031-05-01 12:00:00+00';
create role backup login bypassrls in role pg_read_all_data;
alter role backup set statement_timeout = '0';
alter role app_a set work_mem = '8MB';
grant readonly to app_a with inherit false, set true;
grant set on parameter backtrace_functions to app;

create database shop owner migrator;
alter database shop set datestyle = 'German, DMY';
alter database shop set default_transaction_read_only = off;
comment on database shop is 'the shop''s database';
create database "second ""db"" / ü" owner migrator;
revoke all on database shop from public;
grant connect on database shop to app, backup, readonly;

\connect shop
create extension pgcrypto;
set role migrator;
create schema sales;
grant usage on schema sales to app, readonly, backup;
alter default privileges in schema sales grant select on tables to readonly;
create type sales.mood as enum ('good', 'so, so', 'b''ad');
create domain sales.email as text check (value like '%@%') not null;
create function sales.touch() returns trigger language plpgsql as $$ begin new.note := coalesce(new.note, '') || '!'; return new; end $$;
create function sales.current_tenant() returns uuid language sql stable as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;
create table sales.tenants (id uuid primary key, name text not null);
create table sales.orders (
  id bigint generated always as identity (start 1000 increment 5) primary key,
  tenant uuid not null references sales.tenants,
  at timestamptz not null default now(),
  amount numeric(12,2) not null check (amount >= 0),
  gross numeric(12,2) generated always as (amount * 1.19) stored,
  mood sales.mood,
  contact sales.email default 'a@b',
  note text,
  tags text[],
  extra jsonb,
  gone int,
  raw bytea,
  real_number double precision
);
alter table sales.orders drop column gone;
create index orders_tenant on sales.orders (tenant, at desc);
create unique index "orders odd ""index""" on sales.orders (lower(note), id) where amount > 1;
create statistics sales.orders_stats on tenant, mood from sales.orders;
create trigger touch before insert on sales.orders for each row execute function sales.touch();
alter table sales.orders enable row level security;
alter table sales.orders force row level security;
create policy orders_app on sales.orders to app using (tenant = sales.current_tenant()) with check (tenant = sales.current_tenant());
create policy orders_limit on sales.orders as restrictive to app using (amount < 1e9);
grant select, insert, update on sales.orders to app;
grant select (id, amount) on sales.orders to "o'dd role ""x"" ünï" with grant option;
create table sales.events (id serial, day date not null, what text) partition by range (day);
create table sales.events_2025 partition of sales.events for values from ('2025-01-01') to ('2026-01-01');
create table sales.events_2026 partition of sales.events for values from ('2026-01-01') to ('2027-01-01') partition by list (what);
create table sales.events_2026_a partition of sales.events_2026 for values in ('a', 'b');
create table sales.events_2026_rest partition of sales.events_2026 default;
create index on sales.events (day);
create table sales.base (a int, b text);
create table sales.child (c int) inherits (sales.base);
alter table sales.base add column d text default 'd';
create materialized view sales.totals as select tenant, sum(amount) as amount from sales.orders group by tenant with no data;
create materialized view sales.grand as select count(*) as n from sales.totals with no data;
create index on sales.totals (tenant);
create view sales.recent with (security_invoker = true) as select id, amount from sales.orders where at > now() - interval '1 day';
create rule no_delete as on delete to sales.base do instead nothing;
create unlogged table sales.scratch (n int);
reset role;
create schema "Odd schema
two";
create table "Odd schema
two"."t""a b'le
ü" ("c ol""1
x" int primary key, "select" text, "tab	x" text);
comment on table "Odd schema
two"."t""a b'le
ü" is E'a ''comment''\nin two lines';
create sequence sales.counter start 7 increment -1 minvalue -100 maxvalue 100 cycle;
select setval('sales.counter', -3, true);
create schema plinth;
create table plinth.migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now());
insert into plinth.migrations (name, checksum) values ('0001_first.sql', 'x'), ('0002_second.sql', 'y');

insert into sales.tenants select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'tenant ' || n from generate_series(1, 20) n;
insert into sales.orders (tenant, at, amount, mood, contact, note, tags, extra, raw, real_number)
select ('00000000-0000-4000-8000-' || lpad((1 + n % 20)::text, 12, '0'))::uuid, '2026-01-01'::timestamptz + n * interval '1 minute', n / 7.0,
  (array['good', 'so, so', 'b''ad', null])[1 + n % 4]::sales.mood, 'a' || n || '@b',
  case when n % 5 = 0 then E'back\\slash\ttab\nline\r\\. end \u00fc' when n % 7 = 0 then '' when n % 11 = 0 then null else md5(n::text) end,
  array['a,b', '"q"', null, n::text], jsonb_build_object('n', n, 'text', E'\u0001\u2028'), decode(md5(n::text), 'hex'), 1.0 / (n + 1)
from generate_series(1, :rows) n;
insert into sales.events (day, what) select '2025-06-01'::date + n, (array['a', 'b', 'c', 'd'])[1 + n % 4] from generate_series(1, 500) n;
insert into sales.base values (1, 'one'), (2, null);
insert into sales.child values (3, 'three', 33, 'dd');
insert into sales.scratch values (1);
insert into "Odd schema
two"."t""a b'le
ü" values (1, E'\\N', 'x'), (2, E'\\.', null), (3, '', E'\t');
refresh materialized view sales.totals;
refresh materialized view sales.grand;
select lo_from_bytea(424242, decode(repeat('00ff10', 5000), 'hex'));
alter large object 424242 owner to migrator;
grant select on large object 424242 to backup;

\connect "second ""db"" / ü"
create table public.plain (id int primary key, t text);
insert into public.plain select n, repeat('x', n) from generate_series(1, 100) n;
grant select on public.plain to public;
