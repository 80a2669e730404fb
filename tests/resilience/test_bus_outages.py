"""Whatever happens to the bus: decisions go on, runs are completed, nothing that was told is lost."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

import pytest
import pytest_asyncio

from aos.policies.v1 import gate_pb2
from aosctl.ports import free_port
from services.orchestrator.usecases.open_sessions import OpenSessions
from tests.support.bookkeeping import events_have_left, step_differences
from tests.support.completeness import differences
from tests.support.cuttable import CuttableWay
from tests.support.figures import Figures
from tests.support.governed import CONTINUE, KILL
from tests.support.orchestrated import FAILED, SERVICES, SUCCEEDED, Agent, Household
from tests.support.plane import Plane
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.invariant("I-08")]
IS_FULL = os.environ.get("AOS_RESILIENCE") == "full"
OUTAGES = ("cut", "swallowed", "killed", "paused") if IS_FULL else ("swallowed", "killed")
# Nothing that stands behind a step waits for the bus; its own patience is longer than this.
SPINE_SECONDS = 4.0
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outages:
    """What can happen to the bus of a plane, and how it is over."""

    plane: Plane
    way: CuttableWay

    async def begin(self, kind: str) -> None:
        """Take the bus away."""
        if kind == "swallowed":
            self.way.swallow()
        elif kind == "paused":
            os.kill(self.plane.nats.pid, signal.SIGSTOP)
        else:
            self.way.cut()
        if kind == "killed":
            os.kill(self.plane.nats.pid, signal.SIGKILL)

    async def end(self, kind: str) -> None:
        """Give it back."""
        if kind == "paused":
            os.kill(self.plane.nats.pid, signal.SIGCONT)
        if kind == "killed":
            await self.plane.nats.stop()
            await self.plane.nats.start()
        await self.way.mend()
        for name in SERVICES:
            await until(lambda name=name: self.plane.accepts_runs(name), seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outages(empty_plane: Plane) -> AsyncIterator[Outages]:
    """Every service, each with its bus at the end of a way that can be cut."""
    way = await CuttableWay(f"127.0.0.1:{empty_plane.nats.port}").start()
    addresses = {name: f"127.0.0.1:{free_port()}" for name in SERVICES}
    empty_plane.peers.update(addresses)
    for name, address in addresses.items():
        bus = empty_plane.nats.url_of(name).replace(f":{empty_plane.nats.port}", f":{way.port}")
        await empty_plane.start(name, listen=address, AOS_NATS_URL=bus)
    for name in SERVICES:
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield Outages(plane=empty_plane, way=way)
    await way.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def household(outages: Outages) -> Household:
    made = await Household(outages.plane).settle()
    await made.govern()
    return made


async def in_time(work: Awaitable[Result]) -> Result:
    """What stands behind a step, which an outage must not hold up."""
    return await asyncio.wait_for(work, SPINE_SECONDS)


async def begun(agent: Agent) -> str:
    """A run, as soon as the plane takes one; a bus that is just back may be proven once more."""

    async def held() -> str:
        run_id: str = (await agent.create()).run.run.id
        return run_id

    run_id: str = await until(held, every=0.2)
    return run_id


async def takes_a_step(agent: Agent, run_id: str, name: str) -> None:
    decided = (await in_time(agent.ask(run_id, name))).decided
    assert decided.decision.action == CONTINUE
    recorded = (await in_time(agent.report(run_id, name))).recorded
    assert not recorded.late


async def is_killed_and_told(household: Household, agent: Agent, run_id: str) -> None:
    """A kill reaches the agent though nobody can tell it by the bus."""
    killing = household.asks("orchestrator").call("KillRun", run_id=run_id, reason="enough")
    await in_time(killing)
    await in_time(_terminated(agent))
    assert (await in_time(agent.ask(run_id, "no more"))).decided.decision.action == KILL


async def _terminated(agent: Agent) -> None:
    while (await agent.directive()).outcome != gate_pb2.CHECK_OUTCOME_TERMINATE:
        continue


async def go_on_without_the_bus(
    household: Household, outages: Outages, chance: random.Random, kind: str
) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Runs that are taken through an outage; how each was to end, and the steps that were kept."""
    agent = await Agent(household).hello()
    killed, *run_ids = [await begun(agent) for _ in range(20 if IS_FULL else 5)]
    # What was refused is kept as well, as a step that did not happen.
    steps = {(killed, "no more")}
    wanted = {run_id: chance.choice([SUCCEEDED, FAILED]) for run_id in run_ids}
    for run_id in run_ids:
        await takes_a_step(agent, run_id, "before")
    await outages.begin(kind)
    try:
        await is_killed_and_told(household, agent, killed)
        for run_id in run_ids:
            await takes_a_step(agent, run_id, "meanwhile")
            steps |= {(run_id, "before"), (run_id, "meanwhile")}
        for run_id, outcome in wanted.items():
            await in_time(agent.end(run_id, outcome))
        for run_id in run_ids:
            await household.completed(run_id)
    finally:
        await outages.end(kind)
    return wanted, steps


@pytest.mark.parametrize("kind", OUTAGES)
async def test_runs_go_on_and_are_completed_without_the_bus_and_are_told_afterwards(
    household: Household, outages: Outages, chance: random.Random, figures: Figures, kind: str
) -> None:
    wanted, steps = await go_on_without_the_bus(household, outages, chance, kind)
    await events_have_left(household, confirmed=IS_FULL)
    lost, doubled = await differences(household, wanted)
    lost_steps, doubled_steps = await step_differences(household, steps)
    figures.add(
        cases=len(wanted), lost=len(lost + lost_steps), doubled=len(doubled + doubled_steps)
    )
    assert (lost + lost_steps, doubled + doubled_steps) == ([], [])


async def test_mutant_that_only_listens_is_not_told_of_a_kill(
    household: Household,
    outages: Outages,
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def look_away(_self: OpenSessions) -> int:
        return 0

    monkeypatch.setattr(OpenSessions, "__call__", look_away)
    with pytest.raises(TimeoutError):
        await go_on_without_the_bus(household, outages, chance, "swallowed")
