"""A run that is given up at the very moment at which a worker begins it."""

import asyncio
from typing import Any

import pytest

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.orchestrator.v1 import run_pb2
from services.orchestrator.clients.managed_desk import ManagedDesk
from services.orchestrator.usecases.completion_tasks import CompletionTasks
from tests.support.managed import ask, managed, queue_is
from tests.support.orchestrated import Household
from tests.support.waiting import until


async def begun_in_the_middle(household: Household, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a run up, and let its worker begin it between two steps of its completion."""
    at_the_start, in_the_middle, begun = (asyncio.Event() for _ in range(3))
    start, append = ManagedDesk.start, CompletionTasks.append_records

    async def start_late(self: Any, contract: Any) -> None:
        at_the_start.set()
        await in_the_middle.wait()
        await start(self, contract)
        begun.set()

    async def append_after(self: Any, progress: Any) -> Any:
        in_the_middle.set()
        await begun.wait()
        return await append(self, progress)

    monkeypatch.setattr(ManagedDesk, "start", start_late)
    monkeypatch.setattr(CompletionTasks, "append_records", append_after)
    run_id = await managed(household, ask("never", "x"))
    await at_the_start.wait()
    await household.asks("orchestrator").call("CancelRun", run_id=run_id, reason="enough")
    await begun.wait()
    return run_id


async def test_it_is_completed_all_the_same(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await begun_in_the_middle(household, monkeypatch)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    assert view.run.incident_count == 0
    await queue_is(household, run_id, "OVER")


async def test_mutant_a_completion_that_looks_once_is_stuck(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def once(self: Any, progress: Any, stopped: int | None) -> Any:
        return await self._desks.activity.commit(progress.subject, progress.ending, stopped)

    monkeypatch.setattr(CompletionTasks, "_committed", once)
    run_id = await begun_in_the_middle(household, monkeypatch)

    async def is_parked() -> bool:
        view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
        return bool(view.completion == run_pb2.COMPLETION_STATE_PARKED)

    await until(is_parked)
