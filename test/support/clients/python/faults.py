"""The faults of ../faults.ts, for Python."""

import time

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from load import SETTING, facilitator
from tenant import Setting, Token

ADD = """insert into classrooms (facilitator_id, classroom_code, name, school, grade)
  values (:owner, :code, 'Fault', 'Fault', 3) returning id"""
COUNT = "select count(*)::int as n from classrooms where classroom_code like 'FAULT00%'"
OWN = facilitator(1)
FOREIGN = facilitator(2)


async def refusal(answer):
    """What went wrong, or that nothing did."""
    try:
        return f"no error: {await answer}"
    except Exception as error:
        return str(getattr(error, "orig", None) or error)


async def whole(answer):
    """All that SQLAlchemy says, the statement and its parameters included."""
    try:
        return f"no error: {await answer}"
    except Exception as error:
        return str(error)


async def faults(connect, url, late):
    """Each fault on a pool with one connection, so that the very next query shows what it left."""
    client = connect(url, 1)
    tenant = Setting(SETTING, OWN)
    told = {}
    after = {}

    def terminate(pid):
        plain = url.split("://", 1)[1]
        with psycopg.connect(f"postgresql://{plain}", autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 10000)", [pid])
        time.sleep(0.1)

    def throws(tx):
        tx.sql(ADD, owner=OWN, code="FAULT001")
        raise RuntimeError("thrown on purpose")

    def bad_sql(tx):
        tx.sql(ADD, owner=OWN, code="FAULT002")
        tx.sql("select 1 / 0")

    def swallowed(tx):
        tx.sql(ADD, owner=OWN, code="FAULT007")
        try:
            tx.sql("select 1 / 0")
        except Exception:
            pass

    def foreign_row(tx):
        tx.sql(ADD, owner=FOREIGN, code="FAULT003")

    def commit_fails(tx):
        tx.sql(ADD, owner=OWN, code="FAULT004")
        tx.sql(f"insert into {late} (id) values (1), (1)")

    def breaks_in_a_query(tx):
        tx.sql(ADD, owner=OWN, code="FAULT005")
        tx.sql("select pg_terminate_backend(pg_backend_pid())")

    def breaks_between_queries(tx):
        breaks_before_the_commit(tx)
        tx.owners()

    def breaks_before_the_commit(tx):
        tx.sql(ADD, owner=OWN, code="FAULT006")
        terminate(tx.sql("select pg_backend_pid() as pid")[0]["pid"])

    meetings = {
        "throws": throws,
        "bad SQL": bad_sql,
        "swallowed": swallowed,
        "foreign row": foreign_row,
        "commit fails": commit_fails,
        "breaks in a query": breaks_in_a_query,
        "breaks between queries": breaks_between_queries,
        "breaks before the commit": breaks_before_the_commit,
    }
    for name, work in meetings.items():
        told[name] = await refusal(client.transaction(tenant, work))
        after[name] = {
            "naked": len(await client.naked(lambda queries: queries.owners())),
            "own": len(await client.transaction(tenant, lambda tx: tx.owners())),
        }

    kept = []
    await client.transaction(tenant, kept.append)
    told["too late"] = await refusal(client.naked(lambda _: kept[0].owners()))

    def orm(tx):
        with Session(tx.connection) as session, session.begin():
            session.execute(text(ADD), {"owner": OWN, "code": "SESSION1"})
        return tx.sql("select count(*)::int as n from classrooms")[0]["n"]

    in_session = await client.transaction(tenant, orm)

    def undo(tx):
        return len(tx.sql("delete from classrooms where classroom_code = 'SESSION1' returning id"))

    def count(tx):
        return tx.sql(COUNT)[0]["n"]

    def reach(tx):
        where = "where facilitator_id = :owner returning id"
        updated = tx.sql(f"update classrooms set grade = 4 {where}", owner=FOREIGN)
        return len(updated + tx.sql(f"delete from classrooms {where}", owner=FOREIGN))

    open_now = """select count(*)::int as n from pg_stat_activity
        where usename = current_user and state like 'idle in transaction%'"""
    report = {
        "told": told,
        "session": {"seen": in_session, "saved": await client.transaction(tenant, undo)},
        "next": after,
        "left": await client.transaction(tenant, count)
        + await client.transaction(Setting(SETTING, FOREIGN), count),
        "reached": await client.transaction(tenant, reach),
        "open": (await client.naked(lambda queries: queries.sql(open_now)))[0]["n"],
        "empty": await refuses_empty(connect, url),
    }
    await client.end()
    return report


async def tokens(connect, url, good, bad):
    """Level 2: what a good token and a bad one bring, on a pool with one connection."""
    client = connect(url, 1)
    ran = []
    report = {
        "owners": await client.transaction(Token(good), lambda tx: tx.owners()),
        "told": await whole(client.transaction(Token(bad), ran.append)),
        "ran": bool(ran),
        "naked": len(await client.naked(lambda queries: queries.owners())),
    }
    await client.end()
    return report


async def refuses_empty(connect, url):
    """What an empty tenant is told by a client that can reach no server at all."""
    client = connect(url.split("://", 1)[0] + "://nobody:none@127.0.0.1:1/none", 1)
    empty = ["", "  ", None]
    tenants = [Setting(SETTING, id) for id in empty] + [Token(token) for token in empty]
    return [await refusal(client.transaction(one, lambda tx: tx.owners())) for one in tenants]
