"""Two replicas, one queue: no run is executed by both."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.orchestrator.clients.scripted_models import ScriptedModels
from services.orchestrator.store import run_leases
from services.orchestrator.store.run_queue import PostgresRunQueue
from tests.support.managed import ask, managed, names_of, queue_is
from tests.support.orchestrated import Household, start_plane
from tests.support.plane import Plane
from tests.support.waiting import until

_RUNS = 12
_TAKE_OVER = text(
    """
    UPDATE run_queue SET lease_epoch = lease_epoch + 1, lease_holder = 'somebody else',
      lease_until = clock_timestamp() + interval '2 seconds'
    WHERE run_id = :run_id
    """
)
_EPOCH = text("SELECT lease_epoch FROM run_queue WHERE run_id = :run_id")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """The whole plane, and a second replica of the orchestrator."""
    await start_plane(empty_plane)
    await empty_plane.start("orchestrator")
    await until(lambda: empty_plane.accepts_runs("orchestrator"))
    yield empty_plane


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each prompt was sent to a model, by either replica."""
    counted: Counter[str] = Counter()
    original = ScriptedModels.__call__

    async def counting(self: Any, request: Any) -> Any:
        counted[request.prompt] += 1
        return await original(self, request)

    monkeypatch.setattr(ScriptedModels, "__call__", counting)
    return counted


async def nothing_is_asked_twice(household: Household, asked: Counter[str]) -> None:
    script = [{"answer": "x", "after_ms": 700}]
    run_ids = [
        await managed(household, ask("only", f"prompt {number}", script=script))
        for number in range(_RUNS)
    ]
    await until(lambda: len(asked) == _RUNS)
    for run_id in run_ids:
        await queue_is(household, run_id, "OVER")
    assert set(asked.values()) == {1}


async def test_no_run_is_executed_twice(household: Household, asked: Counter[str]) -> None:
    await nothing_is_asked_twice(household, asked)


async def test_mutant_without_leases_both_execute_the_same(
    household: Household, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_by_anybody = str(run_leases._TAKE).replace(
        "lease_until <= clock_timestamp() OR", "true OR"
    )
    with monkeypatch.context() as broken:
        broken.setattr(run_leases, "_TAKE", text(taken_by_anybody))
        await managed(
            household, ask("only", "one prompt", script=[{"answer": "x", "after_ms": 5_000}])
        )
        await until(lambda: asked["one prompt"] > 1)


@pytest.fixture
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody notices before it writes that its lease is somebody else's."""

    async def all_of_them(_self: Any, epochs: Any) -> set[Any]:
        return {run_id for _, run_id in epochs}

    monkeypatch.setattr(run_leases.PostgresRunLeases, "renew", all_of_them)


async def whoever_was_taken_over_keeps_nothing(household: Household, asked: Counter[str]) -> None:
    prompt = f"thought over {household.tenant}"
    script = [{"answer": "x", "after_ms": 800}]
    run_id = await managed(household, ask("only", prompt, script=script))
    await until(lambda: asked[prompt])
    database = household.plane.services["orchestrator"].foundation.database
    async with database.transaction(household.tenant) as connection:
        await connection.execute(_TAKE_OVER, {"run_id": run_id})
        await connection.commit()
    await until(lambda: asked[prompt] > 1)
    await queue_is(household, run_id, "OVER")
    assert asked[prompt] == 2
    assert await names_of(household, run_id) == ["only"]


async def test_whoever_was_taken_over_keeps_nothing(
    household: Household, asked: Counter[str], unwarned: None
) -> None:
    await whoever_was_taken_over_keeps_nothing(household, asked)


async def test_mutant_without_epochs_it_would(
    household: Household, asked: Counter[str], unwarned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PostgresRunQueue._change

    async def whatever_the_epoch(self: Any, leased: Any, **values: Any) -> None:
        of_run = {"run_id": leased.run.contract.run_id}
        found = await self._connection.execute(_EPOCH, of_run)
        now = replace(leased, epoch=found.scalar_one())
        await original(self, now, **values)

    with monkeypatch.context() as broken:
        broken.setattr(PostgresRunQueue, "_change", whatever_the_epoch)
        with pytest.raises(AssertionError):
            await whoever_was_taken_over_keeps_nothing(household, asked)
