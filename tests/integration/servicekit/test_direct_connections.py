"""Transactions straight on the driver: what went wrong is what is told, and nobody inherits it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kernel.errors import InternalError, StorageUnavailable
from kernel.identifiers import new_id
from servicekit.direct import DirectDatabase
from tests.support.databases import TestDatabase

BAD_KIND = (
    "INSERT INTO log_intents (tenant_id, intent_id, kind, body) VALUES ('{}', 'x', 'poem', '')"
)


@pytest_asyncio.fixture(loop_scope="session")
async def direct(database: TestDatabase) -> AsyncIterator[DirectDatabase]:
    """One connection, so that the next user is certain to get what the last one left."""
    opened = DirectDatabase(url=database.url_of("policies"), service="policies", pool_size=1)
    yield opened
    await opened.close()


async def test_a_refused_statement_is_our_mistake_and_not_an_outage(direct: DirectDatabase) -> None:
    tenant = new_id("ten")
    with pytest.raises(InternalError):
        async with direct.transaction(tenant) as transaction:
            await transaction.connection.execute(BAD_KIND.format(tenant))


async def test_whoever_comes_next_finds_a_whole_connection(direct: DirectDatabase) -> None:
    tenant = new_id("ten")
    for _ in range(3):
        with pytest.raises(InternalError):
            async with direct.transaction(tenant) as transaction:
                await transaction.connection.execute(BAD_KIND.format(tenant))
        async with direct.transaction(tenant) as transaction:
            assert await transaction.connection.fetchval("SELECT 1") == 1


async def test_a_connection_that_is_ended_from_outside_is_an_outage_and_replaced(
    direct: DirectDatabase, database: TestDatabase
) -> None:
    tenant = new_id("ten")
    with pytest.raises(StorageUnavailable):
        async with direct.transaction(tenant) as transaction:
            own = await transaction.connection.fetchval("SELECT pg_backend_pid()")
            await database.fetch(f"SELECT pg_terminate_backend({own})")
            await transaction.connection.execute("SELECT 1")
    async with direct.transaction(tenant) as transaction:
        assert await transaction.connection.fetchval("SELECT 1") == 1
