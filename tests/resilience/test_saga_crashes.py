"""Completions are all or recovered, wherever whoever works on them is killed."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aosctl.ports import free_port
from services.orchestrator.domain.run_completion import STEPS
from tests.support.orchestrated import FAILED, SERVICES, SUCCEEDED, Household
from tests.support.plane import Plane
from tests.support.processes import Process, end, launch_service, serves
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.invariant("I-01")]
# Before its effect, after its effect, after its outcome is on disk.
MOMENTS = ("before", "after", "logged")
POINTS = [f"saga.{moment}_{step.name}" for step in STEPS for moment in MOMENTS]
RUNS_A_LIFE = 6
_UNKNOWN = (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED)
# Somebody who was killed is followed within two seconds.
_HASTE = {"AOS_SAGA_LEASE_SECONDS": "2", "AOS_SAGA_TASK_SECONDS": "1"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Every service but the orchestrator, whose processes come and go."""
    await empty_plane.start_all(*(name for name in SERVICES if name != "orchestrator"))
    yield empty_plane


@dataclass(slots=True)
class Lives:
    """An orchestrator that is killed again and again, and the runs that it was given."""

    plane: Plane
    household: Household
    process: Process | None = None
    channel: aio.Channel | None = None
    # What was acknowledged as begun to be completed, and how it was to end.
    wanted: dict[str, int] = field(default_factory=dict)
    kills: int = 0

    async def live(self, failpoint: str, chance: random.Random) -> None:
        """Start a replica that dies at this point, and complete runs until it has."""
        which = chance.randrange(1, RUNS_A_LIFE + 1)
        process = await self._start(f"{failpoint}:{which}" if failpoint else "")
        if not failpoint:
            return
        if process.returncode is None:
            outcomes = [chance.choice([SUCCEEDED, FAILED]) for _ in range(RUNS_A_LIFE)]
            await asyncio.gather(*(self._complete(outcome) for outcome in outcomes))
        await asyncio.wait_for(process.wait(), 30)
        self.kills += 1

    async def _start(self, failpoint: str) -> Process:
        """Start a replica, which may die of what it finds before it serves."""
        address = f"127.0.0.1:{free_port()}"
        process = await launch_service(
            self.plane, "orchestrator", address, failpoints=failpoint, **_HASTE
        )
        if self.channel is not None:
            await self.channel.close()
        channel = self.channel = aio.insecure_channel(address)
        self.process = process
        self.plane.services["orchestrator"] = SimpleNamespace(channel=channel)  # type: ignore[assignment]

        async def serves_or_ended() -> bool:
            return process.returncode is not None or await serves(channel, "runs")

        await until(serves_or_ended)
        return process

    async def stop(self) -> None:
        """End whoever lives."""
        if self.process is not None:
            await end(self.process)
        if self.channel is not None:
            await self.channel.close()

    async def _complete(self, outcome: int) -> None:
        """Create and complete a run as a client does that repeats what it heard no answer to."""
        try:
            run_id = (await self.household.run()).run.run.id
            request_id = str(uuid.uuid4())
            asks = self.household.asks("orchestrator")
            await asks.call("CompleteRun", request_id, run_id=run_id, outcome=outcome)
        except aio.AioRpcError as error:
            assert error.code() in _UNKNOWN, error
            return
        self.wanted[run_id] = outcome


@pytest_asyncio.fixture(loop_scope="session")
async def lives(plane: Plane) -> AsyncIterator[Lives]:
    household = await Household(plane).settle()
    await household.govern()
    made = Lives(plane=plane, household=household)
    yield made
    await made.stop()


async def test_whoever_is_killed_at_whatever_step_every_run_is_completed_once(
    lives: Lives, chance: random.Random, is_full: bool
) -> None:
    points = POINTS if is_full else chance.sample(POINTS, 3)
    for point in points:
        await lives.live(point, chance)
    await lives.live("", chance)
    for run_id in lives.wanted:
        await lives.household.completed(run_id)
    lost, doubled = await differences(lives)
    print(  # noqa: T201 - the figures belong into the report
        f"kills {lives.kills}, runs {len(lives.wanted)}, lost {lost}, doubled {doubled}"
    )
    assert (lives.kills, lost, doubled) == (len(points), [], [])


async def differences(lives: Lives) -> tuple[list[str], list[str]]:
    """Runs of which something is missing, and runs of which something is there twice."""
    lost, doubled = [], []
    for run_id, outcome in lives.wanted.items():
        counts = await _counts(lives, run_id, outcome)
        lost += [f"{run_id}: {name}" for name, count in counts.items() if count < 1]
        doubled += [f"{run_id}: {name}" for name, count in counts.items() if count > 1]
    return lost, doubled


async def _counts(lives: Lives, run_id: str, outcome: int) -> dict[str, int]:
    fetch = lives.plane.database.value
    ended = (
        activity_run_pb2.RUN_STATUS_SUCCEEDED
        if outcome == SUCCEEDED
        else activity_run_pb2.RUN_STATUS_FAILED
    )
    view = (await lives.household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    entries = await lives.household.asks("logs").every(
        "ListEntries", "entries", size=100, filter={"run_id": run_id}
    )
    completed = [one for one in entries if one.draft.event_type == "RUN_COMPLETED"]
    roots = {json.loads(one.draft.after_json)["trace_root"] for one in completed}
    counts: dict[str, Any] = {
        "terminal status": int(view.run.status == ended),
        "sealed trace": await fetch(
            "SELECT count(*) FROM activity.aos_traces WHERE run_id = $1 AND root_hash <> ''", run_id
        ),
        "ledger entry": len(completed),
        "root": len(roots),
        "case": await fetch("SELECT count(*) FROM incidents.cases WHERE run_id = $1", run_id),
        "incident or outcome": await fetch(
            "SELECT count(*) FROM incidents.incidents WHERE run_id = $1", run_id
        ),
        "saga": await fetch("SELECT count(*) FROM orchestrator.sagas WHERE run_id = $1", run_id),
        "complete evidence": int(
            view.run.evidence_health == activity_run_pb2.EVIDENCE_HEALTH_COMPLETE
            and view.run.integrity_status == activity_run_pb2.INTEGRITY_STATUS_VERIFIED
        ),
    }
    if outcome == FAILED:
        counts["counted incident"] = view.run.incident_count
    return counts


def _names(points: Sequence[str]) -> list[str]:
    return [point.partition(".")[2] for point in points]


def test_every_step_has_its_three_points() -> None:
    assert len(set(_names(POINTS))) == 3 * len(STEPS)
