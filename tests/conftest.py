"""Fixtures of every test that needs engines: Postgres once, databases and buses by the module."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from aosctl.engines.postgres import EmbeddedPostgres
from tests.support.databases import Server, TestDatabase, cloned, make_template
from tests.support.plane import Plane, plane


@pytest.fixture(scope="session")
def engine_folder() -> Iterator[Path]:
    """A short path that the engines' own account may enter; pytest's own folders are closed."""
    folder = Path(tempfile.mkdtemp(prefix="aos-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(engine_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """The one PostgreSQL of the session, durable as in production."""
    async with EmbeddedPostgres(engine_folder / "postgres") as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_server(postgres: EmbeddedPostgres) -> Server:
    """Roles, schemas and a migrated template to clone."""
    return await make_template(postgres.url)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_server: Server) -> AsyncIterator[TestDatabase]:
    """A database for the module."""
    async with cloned(database_server) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def empty_plane(engine_folder: Path, database: TestDatabase) -> AsyncIterator[Plane]:
    """A bus and a database for the module; the module starts the services it needs."""
    folder = engine_folder / f"plane-{os.urandom(3).hex()}"
    folder.mkdir()
    async with plane(folder, database) as made:
        yield made
