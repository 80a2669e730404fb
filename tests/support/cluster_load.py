"""Governed runs that go on while things break, and what of them was acknowledged."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from grpc import aio

from tests.support.calling import Caller
from tests.support.insistent_agent import PASSING, InsistentAgent
from tests.support.orchestrated import FAILED, SUCCEEDED, Household
from tests.support.waiting import until

STEPS_A_RUN = 4
COST = 10
_TOKEN_SECONDS = 60.0
STEP, COMPLETION = "step", "completion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How long after a fault something was acknowledged again, and the longest pause since."""

    first: float
    pause: float

    def __str__(self) -> str:
        return f"first after {self.first * 1000:.0f} ms, longest pause {self.pause * 1000:.0f} ms"


@dataclass(slots=True)
class Load:
    """Agents of one tenant that begin one run after another."""

    household: Household
    chance: random.Random
    # Runs whose completion was acknowledged, and how they were to end.
    wanted: dict[str, int] = field(default_factory=dict)
    # Steps of which it was acknowledged that they are on disk.
    steps: set[tuple[str, str]] = field(default_factory=set)
    interruptions: Counter[str] = field(default_factory=Counter)
    _heard: dict[str, list[float]] = field(default_factory=lambda: {STEP: [], COMPLETION: []})
    _is_over: bool = False

    @asynccontextmanager
    async def going_on(self, agents: int) -> AsyncIterator[None]:
        """Keep so many agents busy; at the end each finishes its run."""
        tasks = [asyncio.create_task(self._work()) for _ in range(agents)]
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            self._is_over = True
            renewing.cancel()
            await asyncio.gather(*tasks)

    async def more(self, runs: int, *, seconds: float = 120) -> None:
        """Wait until so many more runs were begun to be completed."""
        target = len(self.wanted) + runs
        await until(lambda: len(self.wanted) >= target, seconds=seconds)

    async def settled(self) -> None:
        """Wait until every completion is finished."""
        database = self.household.plane.database
        statement = (
            "SELECT count(*) FROM orchestrator.sagas "
            f"WHERE tenant_id = '{self.household.tenant}' AND state = 'FINISHED'"
        )

        async def all_finished() -> bool:
            return await database.value(statement) == len(self.wanted)

        await until(all_finished, seconds=120, every=0.2)

    def recovery(self, kind: str, since: float) -> Recovery:
        """What the silence after a moment was like."""
        heard = [moment for moment in self._heard[kind] if moment > since]
        assert heard, f"no {kind} was acknowledged since"
        pauses = [after - before for before, after in zip([since, *heard], heard, strict=False)]
        return Recovery(first=heard[0] - since, pause=max(pauses))

    async def _work(self) -> None:
        agent = InsistentAgent(self.household, interrupted=self._interrupted)
        while not self._is_over:
            await self._one_run(agent)
        await agent.leave()

    async def _one_run(self, agent: InsistentAgent) -> None:
        run_id = (await agent.create()).run.run.id
        for number in range(STEPS_A_RUN):
            name = f"step-{number}"
            await agent.ask(run_id, name, estimated_cost_micro_usd=COST)
            await agent.report(run_id, name, cost_micro_usd=COST)
            self.steps.add((run_id, name))
            self._heard[STEP].append(time.monotonic())
        outcome = self.chance.choice([SUCCEEDED, SUCCEEDED, SUCCEEDED, FAILED])
        await agent.end(run_id, outcome)
        self.wanted[run_id] = outcome
        self._heard[COMPLETION].append(time.monotonic())

    def _interrupted(self, why: str) -> None:
        self.interruptions[why[:100]] += 1

    async def _renew(self) -> None:
        """Tokens are good for five minutes."""
        anybody = Caller(self.household.plane, "accounts", ())
        while True:
            await asyncio.sleep(_TOKEN_SECONDS)
            try:
                token = (await anybody.call("ExchangeKey", api_key=self.household.key)).token
            except aio.AioRpcError as error:
                assert error.code() in PASSING, error
                continue
            self.household.metadata = (("authorization", f"Bearer {token}"),)
