"""Every service that completions touch is killed at its points, all of them at once."""

import asyncio
import os
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.orchestrator.v1 import run_pb2
from aosctl.ports import free_port
from services.orchestrator.domain.run_completion import STEPS
from tests.support.completeness import differences
from tests.support.mortals import Mortal, warm
from tests.support.orchestrated import FAILED, SUCCEEDED, Household
from tests.support.plane import Plane
from tests.support.processes import serves
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.invariant("I-01")]
# What each does with a completion, and how each tells of it.
_CALLS = {
    "activity": ("FinalizeRuns", "CompleteRuns", "NoteRuns"),
    "policies": ("CloseRuns",),
    "incidents": ("ConcludeRuns",),
}
_TELLING = ("relay.after_publish", "courier.before_append", "courier.after_append")
_LISTENING = ("inbox.before_commit", "inbox.before_ack")
POINTS = {
    "orchestrator": [
        *(f"saga.{when}_{step.name}" for step in STEPS for when in ("before", "after", "logged")),
        *_TELLING,
        *_LISTENING,
    ],
    **{
        name: [
            *(
                f"aos.{name}.v1.{call}Request.{when}"
                for call in calls
                for when in ("before_commit", "after_commit")
            ),
            *_TELLING,
            *_LISTENING,
        ]
        for name, calls in _CALLS.items()
    },
    "logs": ["ledger.after_write", "ledger.before_answer"],
}
_HASTE = {"orchestrator": {"AOS_SAGA_LEASE_SECONDS": "2", "AOS_SAGA_TASK_SECONDS": "1"}}
_SLEEPY = {"AOS_STALE_SECONDS": "86400", "AOS_ORPHAN_SECONDS": "86400"}
_PASSING = (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED)
_AT_ONCE = 8
_RECONNECT = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]


class Society:
    """A plane of mortals, and a household whose runs they complete."""

    def __init__(self, plane: Plane, chance: random.Random) -> None:
        self.plane, self.chance = plane, chance
        self.zygote = warm(plane, list(POINTS))
        self.wanted: dict[str, int] = {}
        self.kills: Counter[str] = Counter()
        self.mortals: list[Mortal] = []

    async def start(self) -> None:
        """Be born, all of them at fixed addresses."""
        addresses = {name: f"127.0.0.1:{free_port()}" for name in POINTS}
        self.plane.peers.update(addresses)
        await self.plane.start("accounts")
        self.plane.peers["accounts"] = self.plane.services["accounts"].address
        for name, address in addresses.items():
            channel = aio.insecure_channel(address, options=_RECONNECT)
            self.plane.stack.push_async_callback(channel.close)
            self.plane.services[name] = SimpleNamespace(channel=channel)  # type: ignore[assignment]
            mortal = Mortal(
                plane=self.plane,
                zygote=self.zygote,
                name=name,
                address=address,
                points=POINTS[name],
                chance=self.chance,
                environment={**_HASTE.get(name, {}), **(_SLEEPY if name == "orchestrator" else {})},
            )
            self.mortals.append(mortal)
            await mortal.live()
        await self.at_peace()
        self.household = await Household(self.plane).settle()
        await self.household.govern()

    async def stop(self) -> None:
        await self.zygote.stop()

    async def at_peace(self) -> None:
        """Wait until each lets runs begin."""
        for name in POINTS:
            await until(partial(serves, self.plane.services[name].channel, "runs"), seconds=60)

    async def make_runs(self, number: int) -> list[str]:
        """Runs that only have to be completed."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def make() -> str:
            async with places:
                made = await _insist(lambda request_id: self.household.run(request_id=request_id))
                run_id: str = made.run.run.id
                return run_id

        return list(await asyncio.gather(*(make() for _ in range(number))))

    async def complete_among_deaths(self, runs: list[str]) -> None:
        """Complete them while everybody dies, and let those live who are left at the end."""
        peace = asyncio.Event()
        for mortal in self.mortals:
            await mortal.die()
        lives = [asyncio.create_task(mortal.live_and_die(peace)) for mortal in self.mortals]
        try:
            await asyncio.gather(*(self._complete(run_id) for run_id in runs))
            await until(self._nothing_is_under_way, seconds=600, every=0.5)
        finally:
            peace.set()
            await asyncio.gather(*lives)
        await self.at_peace()
        await self._replay_what_is_parked()
        for run_id in runs:
            await self.household.completed(run_id)

    async def _complete(self, run_id: str) -> None:
        outcome = self.chance.choice([SUCCEEDED, FAILED])
        self.wanted[run_id] = outcome
        orchestrator = self.household.asks("orchestrator")
        await _insist(
            lambda request_id: orchestrator.call(
                "CompleteRun", request_id, run_id=run_id, outcome=outcome
            )
        )

    async def _nothing_is_under_way(self) -> bool:
        statement = "SELECT count(*) FROM orchestrator.sagas WHERE state IN ('RUNNING')"
        return not await self.plane.database.value(statement)

    async def _replay_what_is_parked(self) -> None:
        orchestrator = self.household.asks("orchestrator")
        parked = await orchestrator.every(
            "ListSagas", "sagas", size=100, state=run_pb2.COMPLETION_STATE_PARKED
        )
        for saga in parked:
            await orchestrator.call("ReplaySaga", run_id=saga.run_id, comment="healed")


async def _insist(ask: Any) -> Any:
    """Ask like a client that repeats, under one request id, what it heard no answer to."""
    request_id = str(uuid.uuid4())
    while True:
        try:
            return await ask(request_id)
        except aio.AioRpcError as error:
            assert error.code() in _PASSING, error
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(loop_scope="session")
async def society(empty_plane: Plane, chance: random.Random) -> AsyncIterator[Society]:
    made = Society(empty_plane, chance)
    await made.start()
    yield made
    await made.stop()


async def test_whoever_dies_wherever_nothing_is_lost_and_nothing_doubled(
    society: Society, is_full: bool
) -> None:
    wanted_kills = int(os.environ.get("AOS_KILLS", "4000")) if is_full else 10
    runs = 200 if is_full else 12
    kills: Counter[str] = Counter()
    while kills.total() < wanted_kills:
        await society.complete_among_deaths(await society.make_runs(runs))
        kills = sum(
            (
                Counter({f"{one.name} {point}": count for point, count in one.kills.items()})
                for one in society.mortals
            ),
            Counter(),
        )
    lost, doubled = await differences(society.household, society.wanted)
    print(  # noqa: T201 - the figures belong into the report
        f"kills {kills.total()} at {len(kills)} points, runs {len(society.wanted)}, "
        f"lost {lost}, doubled {doubled}\n"
        + "\n".join(f"{count:6} {point}" for point, count in sorted(kills.items()))
    )
    assert (lost, doubled) == ([], [])
