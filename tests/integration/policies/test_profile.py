"""The governance profile, as a plane is started with it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from servicekit.config import ConfigError
from tests.support.governed import CONTINUE, Tenant
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("policies", AOS_GOVERNANCE_PROFILE="OBSERVE_ONLY")
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


@pytest.mark.invariant("I-18")
@pytest.mark.gap("GAP-035")
async def test_where_nothing_is_enforced_a_run_without_policies_begins(tenant: Tenant) -> None:
    run = await tenant.open_run()
    assert await run.action() == CONTINUE


@pytest.mark.invariant("I-32")
async def test_settings_that_contradict_each_other_start_nothing(plane: Plane) -> None:
    with pytest.raises(ConfigError, match="AOS_MID_EXECUTION_POLICY_CHECK_ENABLED is off"):
        await plane.start(
            "policies",
            AOS_GOVERNANCE_PROFILE="STRICT",
            AOS_MID_EXECUTION_POLICY_CHECK_ENABLED="false",
        )
