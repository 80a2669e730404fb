"""A change of policies reaches runs that are under way: by its event, and by interval without it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.policies.workers.mid_execution import MidExecution
from tests.support.governed import CONTINUE, GovernedRun, Tenant, body, limit
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("policies")
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


pytestmark = [pytest.mark.gap("GAP-054"), pytest.mark.invariant("I-19")]


async def overtaken(tenant: Tenant) -> GovernedRun:
    """A run with two steps taken, and a policy that now allows one."""
    policy = await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    assert [await run.action(), await run.action()] == [CONTINUE, CONTINUE]
    await tenant.write(
        "UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=body(limit("STEPS", 1))
    )
    return run


async def test_a_change_reaches_a_run_under_way_by_its_event(tenant: Tenant) -> None:
    run = await overtaken(tenant)

    async def stopped() -> bool:
        return await run.state() == "STOPPED"

    await until(stopped)


async def test_a_change_that_nobody_heard_of_is_found_by_looking(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = _worker(plane)
    monkeypatch.setattr(worker, "_changed", Deaf())
    run = await overtaken(tenant)
    assert await worker._check() > 0
    assert await run.state() == "STOPPED"
    # Whatever was checked is not checked again.
    assert await worker._check() == 0


async def test_a_run_that_a_change_does_not_concern_goes_on(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await tenant.govern(limit("COST_MICRO_USD", 5))
    await _worker(plane)._check()
    assert await run.state() == "OPEN"
    assert await run.action() == CONTINUE


class Deaf:
    """An event that never happens."""

    def set(self) -> None:
        """Nothing is heard."""

    def clear(self) -> None:
        """There is nothing to forget."""

    async def wait(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


def _worker(plane: Plane) -> MidExecution:
    loops = plane.services["policies"].host._parts.loops
    worker = getattr(loops["mid_execution"], "__self__", None)
    assert isinstance(worker, MidExecution)
    return worker
