"""Completions that cannot go through, and those who work on what is theirs no more."""

import sys
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.incidents.v1 import incident_pb2
from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import gate_pb2
from kernel.errors import FailedPrecondition, Unavailable
from servicekit.direct import DirectDatabase
from services.orchestrator.api.event_messages import encode
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.store import saga_log
from services.orchestrator.store.saga_log import PostgresSagaLeases, PostgresSagaLog
from services.orchestrator.usecases import advance_sagas
from services.orchestrator.usecases.advance_sagas import AdvanceSagas
from services.orchestrator.usecases.completion_tasks import CompletionTasks, Done, Progress
from services.orchestrator.usecases.ports import Checkpoint, LeasedSaga
from tests.support.orchestrated import Household
from tests.support.statuses import refusal
from tests.support.waiting import until

PARKED = run_pb2.COMPLETION_STATE_PARKED


async def saga_of(household: Household, run_id: str) -> Any:
    return (await household.asks("orchestrator").call("GetSaga", run_id=run_id)).saga


async def parked(household: Household, run_id: str) -> Any:
    async def saga() -> Any:
        found = await saga_of(household, run_id)
        return found if found.state == PARKED else None

    return await until(saga)


def poison(monkeypatch: pytest.MonkeyPatch, task: str, run_id: str, error: Exception) -> None:
    """Let one task of one run never go through."""
    original = getattr(CompletionTasks, task)

    async def poisoned(self: CompletionTasks, progress: Progress) -> Done:
        if progress.saga.run_id == run_id:
            raise error
        done: Done = await original(self, progress)
        return done

    monkeypatch.setattr(CompletionTasks, task, poisoned)


@pytest.mark.invariant("I-04")
async def test_one_that_is_stuck_waits_for_a_person_and_keeps_nobody_else_waiting(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, *others = [(await household.run()).run.run.id for _ in range(4)]
    with monkeypatch.context() as poisoned:
        poison(poisoned, "audit", stuck, FailedPrecondition("The ledger does not like it."))
        for run_id in (stuck, *others):
            await household.end(run_id)
        for run_id in others:
            await household.completed(run_id)
        saga = await parked(household, stuck)
    assert saga.next_step == ""
    assert "The ledger does not like it." in saga.last_error
    run = (await household.asks("orchestrator").call("GetRun", run_id=stuck)).run.run
    assert run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED

    async def told() -> Any:
        made = await household.asks("incidents").call("ListIncidents", run_id=stuck)
        return [one for one in made.incidents if one.trigger_type == _PARKED_SAGA]

    assert await until(told)
    (listed,) = (await household.asks("orchestrator").call("ListSagas", state=PARKED)).sagas
    assert listed.run_id == stuck
    await household.asks("orchestrator").call("ReplaySaga", run_id=stuck, comment="mended")
    await household.completed(stuck)
    names = [step.name for step in (await saga_of(household, stuck)).steps]
    assert len(names) == len(set(names))


async def test_mutant_that_tries_the_impossible_again_and_again_tells_nobody(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = (*advance_sagas._PASSING, FailedPrecondition)
    monkeypatch.setattr(advance_sagas, "_PASSING", passing)
    monkeypatch.setattr(sys.modules[__name__], "until", partial(until, seconds=3))
    with pytest.raises(AssertionError, match="did not become true"):
        await test_one_that_is_stuck_waits_for_a_person_and_keeps_nobody_else_waiting(
            household, monkeypatch
        )


_PARKED_SAGA = incident_pb2.TRIGGER_TYPE_PARKED_SAGA


async def test_before_the_pivot_everything_is_taken_back_and_can_be_done_again(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = (await household.run()).run.run.id
    with monkeypatch.context() as poisoned:
        poison(poisoned, "append_records", run_id, FailedPrecondition("No such record."))
        await household.end(run_id)
        await parked(household, run_id)
    view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    assert view.run.phase == activity_run_pb2.RUN_PHASE_EXECUTING
    assert "No such record." in view.run.observability_error
    assert view.gate.state == gate_pb2.GATE_STATE_OPEN
    undone = [step.name for step in (await saga_of(household, run_id)).steps if step.compensation]
    assert undone == ["reopen_gate", "reopen_run"]
    await household.asks("orchestrator").call("ReplaySaga", run_id=run_id, comment="mended")
    done = await household.completed(run_id)
    assert done.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert done.gate.state == gate_pb2.GATE_STATE_CLOSED


async def test_an_outage_is_waited_out(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = (await household.run()).run.run.id
    with monkeypatch.context() as away:
        poison(away, "conclude", run_id, Unavailable("incidents is away"))
        await household.end(run_id)

        async def tried_again() -> bool:
            return bool((await saga_of(household, run_id)).attempts >= 2)

        await until(tried_again)
    await household.completed(run_id)


async def test_only_one_that_is_parked_is_set_going(household: Household) -> None:
    run_id = (await household.run()).run.run.id
    asks = household.asks("orchestrator")
    missing = await refusal(asks.call("ReplaySaga", run_id=run_id, comment="why not"))
    assert missing.reason == "SAGA_NOT_FOUND"
    await household.end(run_id)
    await household.completed(run_id)
    told = await refusal(asks.call("ReplaySaga", run_id=run_id, comment="why not"))
    assert told.reason == "SAGA_NOT_PARKED"


async def taken_twice(household: Household, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A saga in the hands of one who was paused, and of another who has taken it over."""

    async def idle(_self: AdvanceSagas) -> int:
        return 0

    monkeypatch.setattr(AdvanceSagas, "__call__", idle)
    run_id = (await household.run()).run.run.id
    await household.end(run_id)
    database = household.plane.services["orchestrator"].foundation.database
    hands = []
    for holder in ("zombie", "successor"):
        take = PostgresSagaLeases(database, holder=holder, seconds=0.0)
        hands += [one for one in await take(100) if one.saga.run_id == run_id]
    return hands


async def advance(household: Household, leased: LeasedSaga) -> Exception | None:
    """Write down that the next task of a saga is done."""
    foundation = household.plane.services["orchestrator"].foundation
    direct = DirectDatabase(
        url=foundation.settings.database_url.value, service=foundation.settings.service
    )
    log = PostgresSagaLog(direct, seconds=30.0, encode=encode)
    advanced = leased.saga.advanced(at=leased.saga.updated_at)
    checkpoint = Checkpoint(
        saga=advanced, epoch=leased.epoch, done=[], acknowledged=(), keeps_lease=False
    )
    try:
        (outcome,) = await log([checkpoint])
    finally:
        await direct.close()
    return outcome


@pytest.mark.invariant("I-03")
async def test_whoever_was_taken_over_writes_nothing_any_more(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    zombie, successor = await taken_twice(household, monkeypatch)
    assert await advance(household, successor) is None
    before = await saga_of(household, successor.saga.run_id)
    assert isinstance(await advance(household, zombie), LeaseLost)
    further = replace(zombie, saga=zombie.saga.advanced(at=zombie.saga.updated_at))
    assert isinstance(await advance(household, further), LeaseLost)
    assert await saga_of(household, successor.saga.run_id) == before


async def test_mutant_without_the_epoch_a_zombie_acts(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    fenced = " AND saga.lease_epoch = new.epoch"
    assert fenced in saga_log._ADVANCE
    monkeypatch.setattr(saga_log, "_ADVANCE", saga_log._ADVANCE.replace(fenced, ""))
    with pytest.raises(AssertionError):
        await test_whoever_was_taken_over_writes_nothing_any_more(household, monkeypatch)
