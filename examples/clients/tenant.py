"""Transactions of one tenant, for SQLAlchemy 2: with psycopg 3, and with asyncpg."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True)
class Setting:
    """The tenant's id, in a setting (level 1)."""

    setting: str
    id: str


@dataclass(frozen=True)
class Token:
    """A signed token (level 2)."""

    token: str = field(repr=False)


Tenant = Setting | Token


@contextmanager
def with_tenant(engine: Engine, tenant: Tenant) -> Iterator[Connection]:
    """A transaction of the tenant: committed at the end of the block, rolled back when it raises.

    Raises ValueError for an empty tenant, before anything is asked of the database.
    """
    statement = _entering(tenant)
    with engine.begin() as connection:
        connection.execute(statement)
        yield connection


@asynccontextmanager
async def with_tenant_async(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """The same for asyncio."""
    statement = _entering(tenant)
    async with engine.begin() as connection:
        await connection.execute(statement)
        yield connection


def _entering(tenant: Tenant) -> TextClause:
    """The statement that says who it is. Values are bound, never pasted into it."""
    who = tenant.token if isinstance(tenant, Token) else tenant.id
    if not isinstance(who, str) or not who.strip():
        raise ValueError(f"the tenant is empty ({who!r}): sign the user in before querying")
    if isinstance(tenant, Token):
        return text("select tenant.enter(:token)").bindparams(token=who)
    return text("select set_config(:setting, :id, true)").bindparams(setting=tenant.setting, id=who)
