"""A plane with policies, and tenants in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.governed import Tenant
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Policies beside stand-ins of accounts and logs."""
    await empty_plane.start_accounts_stand_in()
    # Runs are checked when a test says so; test_mid_execution shows that they are without that.
    await empty_plane.start("policies", AOS_MID_EXECUTION_POLICY_CHECK_ENABLED="false")
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(plane: Plane) -> Tenant:
    """A tenant without policies."""
    return Tenant(plane)
