"""A broken spine takes no runs and says what is broken; mended, it takes them again."""

import sys
from functools import partial
from typing import Any

import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from servicekit.guard import boot_guard
from servicekit.heartbeat import Heartbeat
from services.orchestrator.workers import signs_of_life
from tests.support.orchestrated import Household
from tests.support.plane import Plane
from tests.support.statuses import Refusal, refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.invariant("I-32"), pytest.mark.gap("GAP-067")]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot_guard, "INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(boot_guard, "BROKEN_INTERVAL_SECONDS", 0.1)


async def runs_health(plane: Plane) -> Any:
    stub: Any = health_pb2_grpc.HealthStub(plane.services["orchestrator"].channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service="runs"))).status


async def refused_for(household: Household, check: str) -> Refusal | None:
    problems = household.plane.services["orchestrator"].foundation.guard.problems()
    return await refusal(household.run()) if check in problems else None


async def test_a_service_that_is_away_is_named_and_back_again_is_enough(
    household: Household, plane: Plane
) -> None:
    incidents = plane.services["incidents"]
    assert await household.run()
    await incidents.host.server.stop(notice_seconds=0, drain_seconds=0)
    told = await until(lambda: refused_for(household, "spine/incidents"))
    assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "SPINE_BROKEN")
    assert "spine/incidents" in told.metadata["checks"].split(",")
    assert await runs_health(plane) == health_pb2.HealthCheckResponse.NOT_SERVING
    await plane.start("incidents", listen=incidents.address)
    await until(lambda: plane.accepts_runs("orchestrator"))
    assert await household.run()


async def test_a_service_that_accepts_no_runs_is_quoted(
    household: Household, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = plane.services["logs"].foundation.guard
    problem = {"ledger_tail": "The ledger does not verify."}
    with monkeypatch.context() as broken:
        broken.setattr(guard, "problems", lambda: problem)
        told = await until(lambda: refused_for(household, "spine/logs"))
        assert "The ledger does not verify." in told.message
    await until(lambda: plane.accepts_runs("orchestrator"))


@pytest.mark.gap("GAP-046")
@pytest.mark.invariant("I-13")
@pytest.mark.parametrize(
    ("loop", "check"),
    [
        ("saga_runner", "completions"),
        ("directives", "directives"),
        ("orchestrator-on-gate-changed", "loops"),
    ],
)
async def test_a_loop_of_the_reactor_that_stops_silently_is_noticed(
    household: Household, plane: Plane, monkeypatch: pytest.MonkeyPatch, loop: str, check: str
) -> None:
    monkeypatch.setattr(signs_of_life, "_SILENCE_SECONDS", 1.0)
    monkeypatch.setattr("servicekit.guard.event_checks.MAXIMUM_SILENCE_SECONDS", 2.5)
    host = plane.services["orchestrator"].host
    loops = {
        **host._parts.loops,
        **{one.declaration.name: one.run for one in host.consumers},
    }
    await until(lambda: plane.accepts_runs("orchestrator"))
    host.background.task(loop).cancel()
    try:
        told = await until(lambda: refused_for(household, check))
        assert told.reason == "SPINE_BROKEN"
    finally:
        host.background.start(loop, loops[loop])
    await until(lambda: plane.accepts_runs("orchestrator"))


async def test_mutant_that_does_not_look_takes_runs_that_nobody_can_complete(
    household: Household, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = plane.services["orchestrator"].foundation.guard
    own = tuple(check for check in guard.checks if not check.name.startswith("spine/"))
    monkeypatch.setattr(guard, "checks", own)
    monkeypatch.setattr(
        plane.services["logs"].foundation.guard, "problems", lambda: {"ledger_tail": "broken"}
    )
    await guard.check_once()
    assert await household.run()


async def test_mutant_that_hears_every_heart_beat_notices_no_silence(
    household: Household, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Heartbeat, "age", 0.0)
    monkeypatch.setattr(sys.modules[__name__], "until", partial(until, seconds=4))
    with pytest.raises(AssertionError, match="did not become true"):
        await test_a_loop_of_the_reactor_that_stops_silently_is_noticed(
            household, plane, monkeypatch, "saga_runner", "completions"
        )
