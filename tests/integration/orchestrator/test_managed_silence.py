"""Managed runs that wait are not lost, however long; those whose start broke off are."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import run_pb2 as activity_run_pb2
from services.orchestrator.clients.start_desk import RunStart
from services.orchestrator.store.run_leases import PostgresRunLeases
from tests.support.managed import MANAGED, managed, step
from tests.support.orchestrated import SERVICES, Household
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Everything, with little patience for what is silent."""
    await empty_plane.start_all(*(name for name in SERVICES if name != "orchestrator"))
    await empty_plane.start(
        "orchestrator",
        AOS_STALE_SECONDS="2",
        AOS_ORPHAN_SECONDS="1",
        AOS_SEARCH_SECONDS="0.3",
    )
    for name in SERVICES:
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


async def outlasts_the_patience(household: Household) -> None:
    run_id = await managed(household, step("pause", "wait", seconds=6))
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED


@pytest.mark.gap("GAP-048")
async def test_a_run_that_waits_in_the_queue_is_alive(household: Household) -> None:
    await outlasts_the_patience(household)


async def test_mutant_without_signs_of_life_it_would_be_closed(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_self: Any) -> Any:
        return {}

    with monkeypatch.context() as silent:
        silent.setattr(PostgresRunLeases, "silent", nobody)
        with pytest.raises(AssertionError):
            await outlasts_the_patience(household)


async def test_a_managed_start_that_broke_off_is_closed(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[Any] = []

    async def broken(self: RunStart, _command: Any, run: Any) -> Any:
        created.append(run)
        raise ConnectionError

    with monkeypatch.context() as away:
        away.setattr(RunStart, "open_gate", broken)
        with pytest.raises(Exception, match="our side"):
            await household.run(mode=MANAGED)
    run = (await household.completed(created[0].run_id)).run
    assert run.status == activity_run_pb2.RUN_STATUS_FAILED
