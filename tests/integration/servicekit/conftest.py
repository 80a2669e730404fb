"""The specimen service, ready to be used."""

from collections.abc import AsyncIterator

import pytest_asyncio

from servicekit.database import Database
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import Server, TestDatabase, cloned


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def specimen_database(database_server: Server) -> AsyncIterator[TestDatabase]:
    """A database with the specimen's schema."""
    async with cloned(database_server) as database:
        await specimen.install(database)
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def things(specimen_database: TestDatabase) -> AsyncIterator[Database]:
    """The specimen's own view of it."""
    database = specimen.open_database(specimen_database)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def units(things: Database) -> UnitsOfWork[UnitOfWork]:
    """The specimen's transactions."""
    return specimen.units_of_work(things)
