"""Runs and their completions while the storage dies: nothing is lost, and nothing is done twice.

What nobody knows the outcome of is asked for again under its key, and whoever has it says so.
"""

import os
import random
import secrets
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from aosctl.engines.postgres import EmbeddedPostgres
from kernel.errors import StorageUnavailable
from kernel.identifiers import new_id
from servicekit import mutations
from services.orchestrator.clients.logs_desk import LogsRecords
from services.orchestrator.usecases import completion_tasks
from services.orchestrator.usecases.desks import LedgerNote, Subject
from tests.support.bookkeeping import budget_differences, events_have_left, step_differences
from tests.support.cluster_load import Load
from tests.support.completeness import differences
from tests.support.databases import TEMPLATE, TestDatabase, make_template
from tests.support.figures import Figures
from tests.support.governed import limit
from tests.support.insistent_agent import InsistentAgent
from tests.support.orchestrated import FAILED, SERVICES, SUCCEEDED, Household
from tests.support.plane import Plane
from tests.support.plane import plane as plane_of
from tests.support.waiting import until

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.invariant("I-02"),
    # Minutes of stopped and started servers: `make resilience` has them.
    pytest.mark.skipif(os.environ.get("AOS_RESILIENCE") != "full", reason="is for make resilience"),
]
AGENTS = 3
# Those that are writing at this moment, the ones in the middle of a commit first.
_TERMINATE = """
SELECT pg_terminate_backend(pid) FROM (
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND usename LIKE 'aos\\_%' AND state <> 'idle'
  ORDER BY (query ILIKE 'commit%') DESC, random() LIMIT 3
) AS victims
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A plane of whose database server one may dispose."""

    plane: Plane
    server: EmbeddedPostgres

    async def break_off(self) -> int:
        """End connections that are at work; returns how many."""
        return len(await self.plane.database.fetch(_TERMINATE))

    async def die(self) -> None:
        """Stop the server as a power failure would, and start it again."""
        os.kill(self.server.pid, signal.SIGQUIT)
        await until(lambda: not self.server.alive)
        await self.server.start()
        await until(self._answers, every=0.1)

    async def _answers(self) -> bool:
        try:
            return await self.plane.database.value("SELECT 1") == 1
        except (OSError, asyncpg.PostgresError):
            return False

    async def at_peace(self) -> None:
        """Wait until every service lets runs begin."""
        for name in SERVICES:
            await until(lambda name=name: self.plane.accepts_runs(name), seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def storage(engine_folder: Path) -> AsyncIterator[Storage]:
    """Every service on a database server of the module's own."""
    folder = engine_folder / f"storage-{secrets.token_hex(3)}"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedPostgres(folder / "postgres"))
        template = await make_template(server.url)
        database = TestDatabase(server=template, name=TEMPLATE)
        made = await stack.enter_async_context(plane_of(folder, database))
        await made.start_all(*(name for name in SERVICES if name != "orchestrator"))
        # A completion whose checkpoint was broken off is taken up again soon.
        await made.start("orchestrator", AOS_SAGA_LEASE_SECONDS="4", AOS_SAGA_TASK_SECONDS="2")
        storage = Storage(plane=made, server=server)
        await storage.at_peace()
        yield storage
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="session")
async def household(storage: Storage) -> Household:
    """A tenant whose runs share a budget that they do not use up."""
    made = await Household(storage.plane).settle()
    await made.govern(limit("COST_MICRO_USD", 1_000_000_000, window="CALENDAR_DAY"))
    return made


async def test_whoever_is_broken_off_or_stopped_nothing_is_lost_and_nothing_doubled(
    storage: Storage,
    household: Household,
    chance: random.Random,
    figures: Figures,
    is_full: bool,
) -> None:
    rounds = int(os.environ.get("AOS_STORAGE_ROUNDS", "20")) if is_full else 2
    broken_off = deaths = 0
    load = Load(household, chance)
    async with load.going_on(AGENTS):
        for number in range(rounds):
            await load.more(2)
            for _ in range(10):
                broken_off += await storage.break_off()
            if number % 2 == 1:
                await storage.die()
                deaths += 1
        await load.more(2)
    await storage.at_peace()
    await load.settled()
    await events_have_left(household, confirmed=is_full)
    lost, doubled = await differences(household, load.wanted)
    lost_steps, doubled_steps = await step_differences(household, load.steps)
    figures.add(
        cases=len(load.wanted), lost=len(lost + lost_steps), doubled=len(doubled + doubled_steps)
    )
    figures.tell(
        f"{broken_off} connections broken off, {deaths} immediate stops, {len(load.wanted)} runs, "
        f"{load.interruptions.total()} interruptions"
    )
    assert broken_off > 0
    assert (lost + lost_steps, doubled + doubled_steps) == ([], [])
    assert await budget_differences(household) == []


def lose_answers(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Let the first commit of each method be durable, and nobody hear of it."""
    commit, append, lost = mutations._commit, LogsRecords.append_entry, set[str]()

    def lose(method: str) -> None:
        if method not in lost:
            lost.add(method)
            raise StorageUnavailable("The connection was lost while it was committed.")

    async def unheard(unit_of_work: object, method: str) -> None:
        await commit(unit_of_work, method)
        lose(method)

    async def unheard_entry(self: LogsRecords, subject: Subject, note: LedgerNote) -> int:
        sequence = await append(self, subject, note)
        lose("append_entry")
        return sequence

    monkeypatch.setattr(mutations, "_commit", unheard)
    monkeypatch.setattr(LogsRecords, "append_entry", unheard_entry)
    return lost


async def completed_unheard(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], list[str]]:
    """What is missing or doubled of runs of which every first answer was lost."""
    agent = InsistentAgent(household, interrupted=lambda _why: None)
    wanted = {}
    with monkeypatch.context() as losing:
        lost = lose_answers(losing)
        for outcome in (SUCCEEDED, FAILED):
            run_id = (await agent.create()).run.run.id
            await agent.ask(run_id, "one", estimated_cost_micro_usd=1)
            await agent.report(run_id, "one", cost_micro_usd=1)
            await agent.end(run_id, outcome)
            wanted[run_id] = outcome
            await until(lambda: _nothing_is_under_way(household), seconds=60, every=0.1)
        assert {"append_entry", "aos.activity.v1.CompleteRunsRequest"} <= lost
    await agent.leave()
    return await differences(household, wanted)


async def _nothing_is_under_way(household: Household) -> bool:
    under_way = (
        "SELECT count(*) FROM orchestrator.sagas "
        "WHERE tenant_id = $1 AND state IN ('RUNNING', 'COMPENSATING')"
    )
    return not await household.plane.database.value(under_way, household.tenant)


async def test_a_commit_that_nobody_heard_of_is_found_by_its_key(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await completed_unheard(household, monkeypatch) == ([], [])


async def test_mutant_that_asks_under_another_key_each_time_does_it_twice(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion_tasks, "derived_id", lambda prefix, *_: new_id(prefix))
    _, doubled = await completed_unheard(household, monkeypatch)
    assert [one.partition(": ")[2] for one in doubled] == ["ledger entry"]
