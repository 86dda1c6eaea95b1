"""The load of ../load.ts, for Python."""

import asyncio
import hashlib
import uuid

from tenant import Setting

SETTING = "app.facilitator_id"
TENANTS = 60
CLASSROOMS = 10


class RolledBack(Exception):
    """On purpose."""


def facilitator(n):
    """Facilitator `n` of the example data, from 1."""
    return str(uuid.UUID(hashlib.md5(f"facilitator {n}".encode()).hexdigest()))


async def recipe(client, me, work):
    return await client.transaction(Setting(SETTING, me), work)


async def session(client, me, work):
    """The wrong one: the setting belongs to a session, and each query may go through another one."""

    def run(queries):
        queries.sql("select set_config(:setting, :id, false)", setting=SETTING, id=me)
        return work(queries)

    return await client.naked(run)


async def load(client, how, workers, transactions):
    seen = {"wrong": 0, "first": None, "foreign": 0, "nakedQueries": 0, "nakedRows": 0}
    prepared = set()
    running = workers

    def check(me, fail):
        def work(tx):
            found = [tx.facilitators(), tx.owners()]
            if found != [[me], [me] * CLASSROOMS]:
                seen["wrong"] += 1
                seen["first"] = seen["first"] or found
            seen["foreign"] += sum(id != me for id in found[0] + found[1])
            prepared.update(
                row["statement"] for row in tx.sql("select statement from pg_prepared_statements")
            )
            if fail:
                raise RolledBack

        return work

    async def worker(number):
        nonlocal running
        try:
            for n in range(transactions):
                me = facilitator(1 + (number * 11 + n * 7 + n * number) % TENANTS)
                try:
                    await how(client, me, check(me, fail=n % 10 == 9))
                except RolledBack:
                    pass
        finally:
            running -= 1

    async def asker():
        while True:
            seen["nakedRows"] += len(await client.naked(lambda queries: queries.owners()))
            seen["nakedQueries"] += 1
            if running <= 0:
                return

    askers = [asker() for _ in range(workers // 4)]
    await asyncio.gather(*[worker(number) for number in range(workers)], *askers)
    return {"transactions": workers * transactions, **seen, "prepared": sorted(prepared)}
