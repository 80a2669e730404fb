"""Every service, served for the suites that hold for every RPC."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.databases import migrated_services
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Every service of the plane; tokens are signed by the test."""
    await empty_plane.start_accounts_stand_in()
    for name in migrated_services():
        await empty_plane.start(name)
    for name in migrated_services():
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane
