"""The whole plane, and a tenant in it whose agent runs."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.orchestrated import Agent, Household, start_plane
from tests.support.plane import Plane


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Every service, none of them a stand-in."""
    await start_plane(empty_plane)
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def household(plane: Plane) -> Household:
    """A tenant of the test's own, governed by a policy that nothing reaches."""
    made = await Household(plane).settle()
    await made.govern()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def agent(household: Household) -> Agent:
    """Its agent, in a session."""
    return await Agent(household).hello()
