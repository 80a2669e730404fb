"""Once a kill is acknowledged no step begins, whoever does not listen and whatever is cut."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from aos.accounts.v1 import person_pb2
from aos_sdk import AsyncAOSClient, PlaneUnreachable
from aos_sdk._held_run import HeldRun
from aos_sdk.testing import FakeClock
from services.policies.store.known_gates import KnownGates
from tests.support.cuttable import CuttableWay
from tests.support.figures import Figures
from tests.support.governed import CONTINUE, KILL
from tests.support.orchestrated import SERVICES, Household
from tests.support.pipelined_agent import PipelinedAgent
from tests.support.plane import Plane
from tests.support.waiting import until
from tests.unit.sdk.sdk_waiting import settled, while_time_passes

pytestmark = [pytest.mark.resilience, pytest.mark.invariant("I-20")]
SESSIONS, PARALLEL, AT_ONCE, WAVE = 4, 3, 16, 100
PERMIT_SECONDS = 5.0
# Admissions that were answered after the kill of their run had been acknowledged.
_TOO_LATE = (
    "SELECT count(*) FROM policies.decisions d JOIN unnest($1::text[], $2::timestamptz[]) "
    "AS killed (run_id, at) USING (run_id) WHERE d.action <= 2 AND d.decided_at > killed.at"
)
_PAST_THE_GATE = (
    "SELECT count(*) FROM policies.decisions d JOIN policies.gates g USING (tenant_id, run_id) "
    "WHERE d.action <= 2 AND d.gate_epoch >= g.epoch AND g.run_id = ANY($1)"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_all(*(name for name in SERVICES if name != "orchestrator"))
    # Agents here say nothing but questions, which is no sign of life.
    await empty_plane.start("orchestrator", AOS_STALE_SECONDS="86400")
    for name in SERVICES:
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def household(plane: Plane) -> Household:
    made = await Household(plane).settle()
    await made.govern()
    return made


@dataclass(slots=True)
class Crowd:
    """Runs on several sessions, each asking for several steps at once until it is told no."""

    household: Household
    agents: list[PipelinedAgent] = field(default_factory=list)
    runs: dict[str, PipelinedAgent] = field(default_factory=dict)
    # Steps that were admitted and never reported, and answers to what was asked after the kill.
    admitted: dict[str, list[str]] = field(default_factory=dict)
    afterwards: list[int] = field(default_factory=list)
    killed: dict[str, Any] = field(default_factory=dict)

    async def gather(self, number: int) -> None:
        """Create the runs."""
        for _ in range(SESSIONS):
            self.agents.append(await PipelinedAgent(self.household).hello())
        places = asyncio.Semaphore(AT_ONCE)

        async def create(agent: PipelinedAgent) -> None:
            async with places:
                run_id = (await agent.create()).run.run.id
            self.runs[run_id] = agent
            self.admitted[run_id] = []

        wanted = [self.agents[place % SESSIONS] for place in range(number)]
        await asyncio.gather(*(create(agent) for agent in wanted))

    async def ask_on_and_on(self, run_id: str) -> None:
        """Ask for one batch of steps after the other until one is refused, and then once more."""
        number, answers, was_killed = 0, {CONTINUE}, False
        while answers == {CONTINUE}:
            assert not was_killed, "it was never told no"
            was_killed = run_id in self.killed
            answers = set(await self._ask_batch(run_id, number))
            number += PARALLEL
        # A refusal may be heard before the answer to the kill itself.
        await until(lambda: run_id in self.killed)
        self.afterwards += await self._ask_batch(run_id, number)

    async def _ask_batch(self, run_id: str, first: int) -> list[int]:
        names = [f"step-{number}" for number in range(first, first + PARALLEL)]
        answers = await asyncio.gather(*(self._ask(run_id, name) for name in names))
        self.admitted[run_id] += [
            name for name, action in zip(names, answers, strict=True) if action == CONTINUE
        ]
        return answers

    async def _ask(self, run_id: str, name: str) -> int:
        answer = await self.runs[run_id].ask(run_id, name)
        assert answer.WhichOneof("message") == "decided", answer
        return int(answer.decided.decision.action)

    async def kill(self, run_id: str) -> None:
        """Kill a run; when that was acknowledged, by the clock of the database."""
        asks = self.household.asks("orchestrator")
        await asks.call("KillRun", run_id=run_id, reason="enough")
        now = await self.household.plane.database.value("SELECT clock_timestamp()")
        self.killed[run_id] = now

    async def too_late(self) -> int:
        """Admissions that should not be."""
        database = self.household.plane.database
        run_ids = list(self.killed)
        late = await database.value(_TOO_LATE, run_ids, [self.killed[one] for one in run_ids])
        past = await database.value(_PAST_THE_GATE, run_ids)
        return int(str(late)) + int(str(past))


async def killed_in_the_middle(
    household: Household, chance: random.Random, figures: Figures, number: int
) -> Crowd:
    crowd = Crowd(household)
    await crowd.gather(number)
    places = asyncio.Semaphore(AT_ONCE)

    async def kill(run_id: str) -> None:
        async with places:
            await crowd.kill(run_id)

    async with asyncio.TaskGroup() as group:
        for run_id in crowd.runs:
            group.create_task(crowd.ask_on_and_on(run_id))
        await until(lambda: all(crowd.admitted.values()), seconds=300)
        for run_id in chance.sample(list(crowd.runs), number):
            group.create_task(kill(run_id))
    steps = sum(map(len, crowd.admitted.values()))
    figures.add(cases=number, doubled=await crowd.too_late())
    figures.tell(f"{number} runs killed amid {steps} steps, {len(crowd.afterwards)} asked after")
    assert set(crowd.afterwards) == {KILL}
    assert len(crowd.afterwards) == number * PARALLEL
    assert await crowd.too_late() == 0
    return crowd


async def test_whoever_is_not_listening_no_step_begins_after_a_kill(
    household: Household, chance: random.Random, figures: Figures, is_full: bool
) -> None:
    waves = int(os.environ.get("AOS_KILLED_RUNS", "2000")) // WAVE if is_full else 1
    for _ in range(waves):
        # One that a token outlives.
        household.metadata = await household.key_with(person_pb2.ROLE_OWNER)
        crowd = await killed_in_the_middle(household, chance, figures, WAVE if is_full else 24)
        await ends_late(household, crowd, chance)


async def ends_late(household: Household, crowd: Crowd, chance: random.Random) -> None:
    """What was under way at the kill is kept as evidence when it ends, and changes nothing."""
    run_id, agent = chance.choice(list(crowd.runs.items()))
    before = (await household.completed(run_id)).run
    late = (await agent.report(run_id, crowd.admitted[run_id][0])).recorded
    assert late.late
    after = (await household.completed(run_id)).run
    assert (after.status, after.step_count) == (before.status, before.step_count)
    for one in crowd.agents:
        await one.leave()


async def test_mutant_that_believes_what_a_gate_was_lets_steps_begin(
    household: Household, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = KnownGates.at
    seen: dict[Any, int] = {}

    def forgetful(self: KnownGates, epochs: Any) -> Any:
        return at(self, {key: seen.setdefault(key, epoch) for key, epoch in epochs.items()})

    monkeypatch.setattr(KnownGates, "at", forgetful)
    with pytest.raises(ExceptionGroup) as told:
        await killed_in_the_middle(household, chance, Figures(), 4)
    assert told.group_contains(AssertionError, match="it was never told no")


async def outlasts_its_permit(household: Household) -> bool:
    """Whether a step goes on whose client was cut off, once its permit has run out."""
    way = await CuttableWay(household.plane.services["orchestrator"].address).start()
    clock, begun = FakeClock(), asyncio.Event()
    async with AsyncAOSClient(household.key, way.address, clock=clock, timeout=1_000) as client:
        run = client.run(goal="anything", agent=household.agent)
        await run.__aenter__()

        async def work() -> None:
            async with run.step("under way"):
                begun.set()
                await asyncio.Event().wait()

        working = asyncio.create_task(work())
        await asyncio.wait_for(begun.wait(), 10)
        way.cut()
        asks = household.asks("orchestrator")
        await asks.call("KillRun", run_id=run.run_id, reason="enough")
        clock.advance(PERMIT_SECONDS - 0.1)
        await settled()
        assert not working.done()
        clock.advance(0.2)
        await settled()
        outlasts = not working.done()
        with pytest.raises(PlaneUnreachable):
            await while_time_passes(clock, run.step("too late").__aenter__())
        working.cancel()
        await way.mend()
        await asyncio.gather(working, return_exceptions=True)
        await while_time_passes(clock, run.__aexit__(None, None, None))
    await way.stop()
    past = await household.plane.database.value(_PAST_THE_GATE, [run.run_id])
    assert past == 0
    return outlasts


async def test_who_is_cut_off_ends_with_its_permit_and_begins_nothing_more(
    household: Household,
) -> None:
    assert not await outlasts_its_permit(household)


async def test_mutant_without_its_guard_a_client_goes_on_after_its_permit(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep_on_duty(_self: HeldRun) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(HeldRun, "guard", sleep_on_duty)
    assert await outlasts_its_permit(household)
