"""Plain asyncpg connections, each with a statement of its own: what PostgreSQL alone can do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import asyncpg

from bench.load import Operation


@asynccontextmanager
async def statements(
    url: str, statement: str, *arguments: object, connections: int
) -> AsyncIterator[list[Operation]]:
    """One operation per connection: the statement, prepared once, committed each time."""
    async with AsyncExitStack() as stack:
        operations: list[Operation] = []
        for _ in range(connections):
            connection = await asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            prepared = await connection.prepare(statement)
            operations.append(partial(prepared.fetch, *arguments))
        yield operations


async def run_script(url: str, script: str) -> None:
    """Run statements once, for instance to make a table."""
    connection = await asyncpg.connect(url)
    try:
        await asyncio.wait_for(connection.execute(script), 60)
    finally:
        await connection.close()
