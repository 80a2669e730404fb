"""Completions are all or recovered, wherever whoever works on them is killed."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aosctl.ports import free_port
from services.orchestrator.domain.run_completion import STEPS
from tests.support.completeness import differences
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
    lost, doubled = await differences(lives.household, lives.wanted)
    print(  # noqa: T201 - the figures belong into the report
        f"kills {lives.kills}, runs {len(lives.wanted)}, lost {lost}, doubled {doubled}"
    )
    assert (lives.kills, lost, doubled) == (len(points), [], [])


def _names(points: Sequence[str]) -> list[str]:
    return [point.partition(".")[2] for point in points]


def test_every_step_has_its_three_points() -> None:
    assert len(set(_names(POINTS))) == 3 * len(STEPS)
