"""A plane with incidents, and tenants in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.mishaps import Scene, start_spine
from tests.support.plane import Plane


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Incidents beside real activity and policies."""
    await start_spine(empty_plane)
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def scene(plane: Plane) -> Scene:
    """A tenant in which nothing went wrong yet."""
    return Scene(plane)
