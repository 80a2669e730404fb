from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kernel.principal import Principal
from tests.integration.logs.clients import Client, reader
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("logs")
    await until(lambda: empty_plane.accepts_runs("logs"))
    yield empty_plane


@pytest.fixture
def auditor() -> Principal:
    """Somebody of a tenant of their own who may read everything."""
    return somebody("auditor")


@pytest.fixture
def client(plane: Plane, auditor: Principal) -> Client:
    return reader(plane, auditor)
