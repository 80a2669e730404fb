"""The specimen service, ready to be used."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from aosctl.engines.nats import EmbeddedNats
from servicekit.database import Database
from servicekit.inbox import consumer as consumer_module
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import Server, TestDatabase, cloned
from tests.support.pipeline import empty


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


@pytest_asyncio.fixture(loop_scope="session")
async def nats(engine_folder: Path) -> AsyncIterator[EmbeddedNats]:
    folder = engine_folder / f"nats-{os.urandom(3).hex()}"
    async with EmbeddedNats(folder) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def empty_specimen(specimen_database: TestDatabase) -> None:
    """Nothing is left of the test before."""
    await empty(specimen_database)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(consumer_module, "DELAYS", (0.01,))
