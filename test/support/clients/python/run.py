"""SQLAlchemy under load and under faults: ../run.ts, for Python."""

import asyncio
import json
import sys

from clients import Async, Sync
from faults import faults, tokens
from load import load, recipe, session

# Connections of the client's own pool under load: fewer than workers.
POOL = 10


async def main(order):
    connect = {"sync": Sync, "async": Async}[order["client"]]
    if order["task"] == "faults":
        return await faults(connect, order["url"], order["late"])
    if order["task"] == "tokens":
        return await tokens(connect, order["url"], order["good"], order["bad"])
    client = connect(order["url"], POOL)
    how = recipe if order["task"] == "load" else session
    report = await load(client, how, order["workers"], order["transactions"])
    await client.end()
    return report


print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
