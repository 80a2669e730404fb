"""A broken spine accepts no runs: one sabotage at a time, named, and mended without a restart."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from kernel.identifiers import new_id
from servicekit.guard import boot_guard
from servicekit.migrations.expectation import expected_revision
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import Refusal, refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.invariant("I-32"), pytest.mark.gap("GAP-067")]

# What a superuser may do to the database, and how it is undone.
SABOTAGES = {
    "write_once": (
        "ALTER TABLE activity.canaries DISABLE TRIGGER write_once_rows",
        "ALTER TABLE activity.canaries ENABLE ALWAYS TRIGGER write_once_rows",
    ),
    "tenant_isolation": (
        "ALTER TABLE activity.canaries DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE activity.canaries ENABLE ROW LEVEL SECURITY",
    ),
    "migrations": (
        "UPDATE activity.alembic_version SET version_num = '9999_from_the_future'",
        f"UPDATE activity.alembic_version SET version_num = '{expected_revision('activity')}'",
    ),
    "database_role": (
        "ALTER ROLE aos_activity CREATEDB",
        "ALTER ROLE aos_activity NOCREATEDB",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    yield empty_plane


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot_guard, "INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(boot_guard, "BROKEN_INTERVAL_SECONDS", 0.1)


async def create_run(plane: Plane) -> object:
    stub = run_service_pb2_grpc.RunServiceStub(plane.services["activity"].channel)
    request = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()),
        project_id=new_id("prj"),
        agent_id=new_id("agt"),
        goal="anything",
        source=run_pb2.RUN_SOURCE_EXTERNAL,
    )
    metadata = plane.identities.metadata(somebody())
    return await stub.CreateRun(request, timeout=5, metadata=metadata)


async def runs_health(plane: Plane) -> int:
    stub = health_pb2_grpc.HealthStub(plane.services["activity"].channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service="runs"))).status


async def refused_for(plane: Plane, check: str) -> Refusal | None:
    problems = plane.services["activity"].foundation.guard.problems()
    return await refusal(create_run(plane)) if check in problems else None


@pytest.mark.parametrize("check", SABOTAGES)
async def test_a_sabotage_is_named_runs_are_refused_and_mending_it_is_enough(
    plane: Plane, check: str
) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    assert await create_run(plane)
    breaks, mends = SABOTAGES[check]
    await plane.database.fetch_script(breaks)
    try:
        told = await until(lambda: refused_for(plane, check))
        assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "SPINE_BROKEN")
        assert check in told.metadata["checks"].split(",")
        assert await runs_health(plane) == health_pb2.HealthCheckResponse.NOT_SERVING
    finally:
        await plane.database.fetch_script(mends)
    await until(lambda: plane.accepts_runs("activity"))
    assert await create_run(plane)
    assert await runs_health(plane) == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize("loop", ["relay", "activity-canary", "receipts"])
async def test_a_loop_that_stops_silently_is_noticed(
    plane: Plane, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.guard.event_checks.MAXIMUM_SILENCE_SECONDS", 2.5)
    monkeypatch.setattr("servicekit.guard.event_checks._ROUND_TRIP_SECONDS", 1.0)
    await until(lambda: plane.accepts_runs("activity"))
    host = plane.services["activity"].host
    host.background.task(loop).cancel()
    try:
        told = await until(lambda: refused_for(plane, "loops"))
        assert loop in told.message
    finally:
        loops = {
            "relay": host.relay.run,
            "receipts": host.receipts.run,
            "activity-canary": host.consumers[0].run,
        }
        host.background.start(loop, loops[loop])
    await until(lambda: plane.accepts_runs("activity"))


async def test_a_stream_that_differs_from_its_declaration_is_named(plane: Plane) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    bus = plane.services["activity"].foundation.bus
    declared = next(item for item in bus.topology.streams if item.name == "AOS_EVENTS")
    await bus.jetstream.update_stream(declared.evolve(max_age=3600.0))
    try:
        told = await until(lambda: refused_for(plane, "streams"))
        assert "max_age differs" in told.message
    finally:
        await bus.jetstream.update_stream(declared)
    await until(lambda: plane.accepts_runs("activity"))


async def test_without_the_bus_no_new_run_begins_and_it_is_accepted_again_afterwards(
    plane: Plane,
) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    await plane.nats.stop()
    try:
        assert await until(lambda: refused_for(plane, "streams"))
    finally:
        await plane.nats.start()
    await until(lambda: plane.accepts_runs("activity"))


async def test_a_guard_that_hangs_refuses_runs(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    guard = plane.services["activity"].foundation.guard
    monkeypatch.setattr(guard, "_lease_until", float("-inf"))
    told = await refusal(create_run(plane))
    assert (told.reason, told.metadata["checks"]) == ("SPINE_BROKEN", "guard")


async def test_mutant_a_guard_nobody_asks_lets_runs_through(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    guard = plane.services["activity"].foundation.guard
    monkeypatch.setattr(guard, "problems", dict)
    monkeypatch.setattr(guard, "_lease_until", float("-inf"))
    assert await create_run(plane)


async def test_the_status_tells_every_check_and_job_to_the_operator(plane: Plane) -> None:
    await until(lambda: plane.accepts_runs("activity"))
    stub = status_service_pb2_grpc.StatusServiceStub(plane.services["activity"].channel)
    metadata = plane.identities.service_metadata("operator", audience="activity")
    answer = await stub.GetStatus(
        status_service_pb2.GetStatusRequest(), timeout=5, metadata=metadata
    )
    status = answer.status
    assert status.accepts_runs
    assert {"write_once", "tenant_isolation", "event_round_trip", "streams", "loops"} <= {
        check.name for check in status.checks
    }
    assert "republish_unconfirmed" in {job.name for job in status.jobs}
