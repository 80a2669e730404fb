"""Workers that die in the middle: their runs go on elsewhere, or end honestly."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import run_pb2 as activity_run_pb2
from tests.support.managed import ask, managed, names_of, output_of, step, talkative_household
from tests.support.orchestrated import SERVICES, Household
from tests.support.plane import Plane
from tests.support.processes import Replica
from tests.support.waiting import until

pytestmark = pytest.mark.resilience

PLACES = ["worker.before_skill", "worker.after_skill", "worker.after_record"]
HURRIED = {"AOS_PERMIT_SECONDS": "0.7", "AOS_RUN_LEASE_SECONDS": "1.5"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Every service; the orchestrator of this process executes nothing itself."""
    await empty_plane.start_all(*(name for name in SERVICES if name != "orchestrator"))
    await empty_plane.start("orchestrator", AOS_RUN_PLACES="0", **HURRIED)
    for name in SERVICES:
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def workers(plane: Plane) -> AsyncIterator[Any]:
    """Starts processes that execute runs."""
    started: list[Replica] = []

    async def start(**environment: str) -> Replica:
        replica = Replica(
            plane=plane, service="orchestrator", environment={**HURRIED, **environment}
        )
        started.append(replica)
        await replica.start()
        return replica

    yield start
    for replica in started:
        await replica.stop()


def three_steps() -> list[Any]:
    return [
        ask("one", "first"),
        ask("two", output_of("one")),
        step("three", "transform", input=output_of("two"), template="<{}>"),
    ]


async def has_died(replica: Replica) -> None:
    assert replica.process is not None
    assert await replica.process.wait() == -9


@pytest.mark.parametrize("place", PLACES)
async def test_a_run_goes_on_elsewhere_and_each_step_is_there_once(
    plane: Plane, workers: Any, place: str
) -> None:
    household = await talkative_household(plane)
    dying = await workers(failpoints=f"{place}:2")
    run_id = await managed(household, *three_steps())
    await has_died(dying)
    await workers()
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert view.output_json == '"<first>"'
    assert await names_of(household, run_id) == ["one", "two", "three"]
    records = (await household.asks("logs").call("ListRunRecords", run_id=run_id)).records
    assert len(records) == 2
    assert view.run.integrity_status == activity_run_pb2.INTEGRITY_STATUS_VERIFIED


async def test_what_could_not_be_kept_and_is_needed_ends_the_run_honestly(
    plane: Plane, workers: Any
) -> None:
    household = await Household(plane).settle()
    await household.govern()
    dying = await workers(failpoints="worker.before_skill:2")
    run_id = await managed(household, *three_steps())
    await has_died(dying)
    await workers()
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED
    assert view.run.termination_reason == activity_run_pb2.TERMINATION_REASON_SYSTEM_FAILURE
    assert await names_of(household, run_id) == ["one"]


async def test_what_nobody_needs_any_more_may_be_forgotten(plane: Plane, workers: Any) -> None:
    household = await Household(plane).settle()
    await household.govern()
    dying = await workers(failpoints="worker.before_skill:2")
    run_id = await managed(household, ask("one", "first"), ask("two", "second", "one"))
    await has_died(dying)
    await workers()
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert await names_of(household, run_id) == ["one", "two"]


async def test_a_wait_is_no_longer_because_its_worker_died(plane: Plane, workers: Any) -> None:
    household = await talkative_household(plane)
    first = await workers()
    run_id = await managed(household, step("pause", "wait", seconds=4), ask("then", "x", "pause"))
    database = plane.services["orchestrator"].foundation.database

    async def waits() -> bool:
        async with database.transaction(household.tenant) as connection:
            found = await connection.exec_driver_sql("SELECT count(*) FROM run_step_waits")
            return bool(found.scalar_one())

    await until(waits)
    await first.kill()
    await workers()
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    recorded = await names_of(household, run_id)
    assert recorded == ["pause", "then"]
