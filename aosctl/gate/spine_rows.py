"""Whether the plane knows how it is, and takes no runs while it is not well."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aosctl.gate.row import Site, Unproven, require
from aosctl.gate.wording import SCENARIO
from aosctl.health import RUNS
from aosctl.refusals import refused
from aosctl.stage.calling import Stage, seen
from aosctl.stage.governed_run import begin_run

_REACTOR = {"loops", "directives", "completions", "event_round_trip"}
_HELD_UP = "incidents"
# The guard looks every five seconds, and a lease of ten seconds may be older than its look.
_NOTICED_SECONDS = 60.0


async def the_reactor_runs(site: Site) -> str:
    """GAP-046: every service proves its loops, and what is announced has its effect."""
    for name in site.stage.addresses:
        await _healthy(site.stage, name)
    checks = await _checks(site.stage, "orchestrator")
    absent = _REACTOR - checks
    require(not absent, f"the orchestrator does not prove {', '.join(sorted(absent))}")
    guest = await site.stage.guest(SCENARIO)
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        # Said to policies, past the orchestrator: only an event can tell it.
        await guest.call("policies", "gate", "KillRun", run_id=run.run_id, reason="the gate")
        await seen("The completion of a run that was killed at policies", _over(guest, run.run_id))
    finally:
        await run.vanish()
    return f"{len(site.stage.addresses)} services healthy; a kill at policies completed its run"


async def a_broken_spine_takes_no_runs(site: Site) -> str:
    """GAP-067: a service that does not answer is named in the refusal; back again is enough."""
    guest = await site.stage.guest(SCENARIO)
    await (await begin_run(guest, scenario=SCENARIO)).vanish()
    with _held_up(site, _HELD_UP):
        await seen("A guard that refuses", _refusing(guest), seconds=_NOTICED_SECONDS)
        told = await _refusal_of_a_run(guest)
        require(told.code is grpc.StatusCode.UNAVAILABLE, f"refused as {told.code.name}")
        require(told.reason == "SPINE_BROKEN", f"refused as {told.reason}")
        named = told.metadata.get("checks", "")
        require(f"spine/{_HELD_UP}" in named.split(","), f"the refusal names {named or 'nothing'}")
        health = await _runs_health(guest)
        require(health == health_pb2.HealthCheckResponse.NOT_SERVING, "health says nothing of it")
    await seen("A guard that lets runs begin again", _accepting(guest), seconds=_NOTICED_SECONDS)
    await (await begin_run(guest, scenario=SCENARIO)).vanish()
    return f"UNAVAILABLE, SPINE_BROKEN ({named}) while {_HELD_UP} was held up; accepted afterwards"


@contextmanager
def _held_up(site: Site, name: str) -> Iterator[None]:
    """A service that does not do anything, for as long as the block lasts."""
    if site.plane is None:
        raise Unproven("the processes of this plane are not ours to hold up")
    pid = site.plane.services[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _healthy(stage: Stage, name: str) -> None:
    status = (await stage.call_as_operator(name, "status", "GetStatus")).status
    broken = [f"{one.name}: {one.problem}" for one in status.checks if not one.holds]
    require(not broken, f"{name}: {'; '.join(broken)}")
    require(status.checks and status.accepts_runs, f"{name} accepts no runs")


async def _checks(stage: Stage, name: str) -> set[str]:
    answer = await stage.call_as_operator(name, "status", "GetStatus")
    return {one.name for one in answer.status.checks}


def _over(stage: Stage, run_id: str) -> Any:
    async def over() -> bool:
        view = (await stage.call("orchestrator", "run", "GetRun", run_id=run_id)).run
        return bool(view.run.HasField("complete_time"))

    return over


def _accepting(stage: Stage) -> Any:
    async def accepting() -> bool:
        answer = await stage.call("orchestrator", "run", "GetCapabilities")
        return bool(answer.accepts_runs)

    return accepting


def _refusing(stage: Stage) -> Any:
    accepting = _accepting(stage)

    async def refusing() -> bool:
        return not await accepting()

    return refusing


async def _refusal_of_a_run(stage: Stage) -> Any:
    try:
        await stage.call(
            "orchestrator",
            "run",
            "CreateRun",
            agent_id=stage.development.agent_id,
            goal="Nothing.",
            mode="RUN_MODE_EXTERNAL",
            synthetic_scenario_id=SCENARIO,
        )
    except grpc.aio.AioRpcError as error:
        return refused(error)
    raise Unproven("a run was accepted while the spine was broken")


async def _runs_health(stage: Stage) -> Any:
    stub = health_pb2_grpc.HealthStub(stage.channels["orchestrator"])
    return (await stub.Check(health_pb2.HealthCheckRequest(service=RUNS))).status
