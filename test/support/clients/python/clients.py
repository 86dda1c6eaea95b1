"""SQLAlchemy's two kinds of engine behind the same few words."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from tenant import with_tenant, with_tenant_async

# How long a client waits for a connection of its pool: a lost one is an error, not a hanging test.
PATIENCE_S = 20


class Queries:
    """What a transaction asks; `kind` makes its statements different from other clients' ones."""

    def __init__(self, connection, kind):
        self.connection = connection
        self.kind = kind

    def sql(self, statement, **values):
        result = self.connection.execute(text(statement), values)
        return [row._asdict() for row in result] if result.returns_rows else []

    def facilitators(self):
        return [str(row["id"]) for row in self.sql(f"select id from facilitators /* {self.kind} */")]

    def owners(self):
        rows = self.sql(f"select facilitator_id from classrooms /* {self.kind} */")
        return [str(row["facilitator_id"]) for row in rows]


class Sync:
    """psycopg 3, each transaction in a thread."""

    def __init__(self, url, size):
        self.engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=PATIENCE_S,
        )
        self.threads = ThreadPoolExecutor(32)

    def _in_thread(self, block, work):
        def run():
            with block() as connection:
                return work(Queries(connection, "sync"))

        return asyncio.get_running_loop().run_in_executor(self.threads, run)

    async def transaction(self, tenant, work):
        return await self._in_thread(lambda: with_tenant(self.engine, tenant), work)

    async def naked(self, work):
        """Without a tenant; each statement is a transaction."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        return await self._in_thread(engine.connect, work)

    async def end(self):
        self.engine.dispose()


class Async:
    """asyncpg."""

    def __init__(self, url, size):
        self.engine = create_async_engine(
            url,
            hide_parameters=True,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=PATIENCE_S,
        )

    async def _run(self, block, work):
        async with block as connection:
            return await connection.run_sync(lambda inner: work(Queries(inner, "async")))

    async def transaction(self, tenant, work):
        return await self._run(with_tenant_async(self.engine, tenant), work)

    async def naked(self, work):
        """Without a tenant; each statement is a transaction."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        return await self._run(engine.connect(), work)

    async def end(self):
        await self.engine.dispose()
