"""What ended runs had to have acknowledged is compared with what was; a gap is told of once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.incidents.v1 import incident_pb2
from kernel.errors import ServiceError, Unavailable
from services.orchestrator.clients.audit_desk import RunAudits
from services.orchestrator.clients.incidents_desk import IncidentsConclusions
from services.orchestrator.clients.logs_desk import LogsRecords
from services.orchestrator.usecases import reconcile_contracts
from services.orchestrator.usecases.completion_tasks import CompletionTasks
from tests.integration.orchestrator import rewriting
from tests.support import auditing
from tests.support.auditing import COMPLETE, INCOMPLETE, MISSING, audit, evidence_of, found
from tests.support.orchestrated import Household
from tests.support.plane import Plane
from tests.support.waiting import until

pytestmark = pytest.mark.gap("GAP-047")
RECONCILE = "reconcile_contracts"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Everything; runs are complete without the word of logs."""
    await auditing.start_audited(empty_plane, AOS_AUDIT_DURABILITY="false")
    yield empty_plane


async def ended(household: Household) -> str:
    run_id: str = (await household.run()).run.run.id
    await household.end(run_id)
    await household.completed(run_id)
    return run_id


async def away(*_: Any, **__: Any) -> Any:
    raise Unavailable("It is away.")


async def test_what_is_acknowledged_is_sound_and_told_to_nobody(household: Household) -> None:
    run_id = await ended(household)
    await audit(household.plane, RECONCILE)
    assert await auditing.state_of(household.plane, run_id) == "SOUND"
    assert await found(household, MISSING, run_id) == []
    assert await evidence_of(household, run_id) == COMPLETE


async def test_a_finished_run_that_misses_an_acknowledgement_is_told_of_once(
    household: Household,
) -> None:
    run_id = await ended(household)
    async with rewriting.all_rights(household.plane.database) as connection:
        await rewriting.remove_an_acknowledgement(connection, run_id)
    for _ in range(3):
        await audit(household.plane, RECONCILE)
    (told,) = await found(household, MISSING, run_id)
    assert told.category == incident_pb2.CATEGORY_AUDIT_GAP
    assert told.detail.startswith("not acknowledged: incidents")
    assert told.incident_id
    assert await evidence_of(household, run_id) == INCOMPLETE


async def test_what_logs_did_not_take_is_told_of_once_and_asked_for_until_it_heals(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(LogsRecords, "append_entry", away)
        run_id = await ended(household)
        for _ in range(2):
            await audit(household.plane, RECONCILE)
        assert len(await found(household, MISSING, run_id)) == 1
        assert await evidence_of(household, run_id) == INCOMPLETE
    await audit(household.plane, RECONCILE)
    assert await evidence_of(household, run_id) == COMPLETE
    assert await auditing.state_of(household.plane, run_id) == "SOUND"
    entries = await household.asks("logs").every(
        "ListEntries", "entries", filter={"run_id": run_id, "event_type": "RUN_COMPLETED"}
    )
    assert len(entries) == 1
    assert len(await found(household, MISSING, run_id)) == 1


async def test_a_run_that_is_over_before_its_completion_is_a_gap_until_that_is_finished(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = household.asks("orchestrator")
    run_id = (await household.run()).run.run.id
    with monkeypatch.context() as broken:
        broken.setattr(CompletionTasks, "conclude", away)
        await household.end(run_id)

        async def is_over() -> bool:
            return bool((await asks.call("GetRun", run_id=run_id)).run.run.complete_time.seconds)

        await until(is_over)
        for _ in range(2):
            await audit(household.plane, RECONCILE)
        assert len(await found(household, MISSING, run_id)) == 1
        assert await evidence_of(household, run_id) == INCOMPLETE
    await household.completed(run_id)
    await audit(household.plane, RECONCILE)
    assert await evidence_of(household, run_id) == COMPLETE
    assert len(await found(household, MISSING, run_id)) == 1


async def test_a_run_that_was_ended_past_us_is_a_gap(household: Household) -> None:
    run_id = (await household.run()).run.run.id
    await audit(household.plane, RECONCILE)
    assert await found(household, MISSING, run_id) == []
    await auditing.end_past_us(household, run_id)
    for _ in range(2):
        await audit(household.plane, RECONCILE)
    (told,) = await found(household, MISSING, run_id)
    assert told.detail.startswith("not acknowledged: activity")
    assert await evidence_of(household, run_id) == INCOMPLETE


async def test_a_service_that_is_away_proves_nothing(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = (await household.run()).run.run.id
    await auditing.end_past_us(household, run_id)
    with monkeypatch.context() as broken:
        broken.setattr(RunAudits, "ended_at", away)
        with pytest.raises(ServiceError, match="could not be audited"):
            await audit(household.plane, RECONCILE)
        assert await auditing.state_of(household.plane, run_id) == "OPEN"
    with monkeypatch.context() as broken:
        broken.setattr(IncidentsConclusions, "report", away)
        with pytest.raises(ServiceError, match="could not be audited"):
            await audit(household.plane, RECONCILE)
        assert await auditing.state_of(household.plane, run_id) == "FOUND"
    for _ in range(2):
        await audit(household.plane, RECONCILE)
    assert len(await found(household, MISSING, run_id)) == 1


async def test_mutant_that_sees_no_gap_tells_nobody(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_contracts, "is_gap", lambda *_, **__: False)
    for check in (
        test_a_finished_run_that_misses_an_acknowledgement_is_told_of_once,
        test_a_run_that_was_ended_past_us_is_a_gap,
    ):
        with pytest.raises(ValueError, match="not enough values"):
            await check(household)


async def test_mutant_that_forgets_whom_it_told_tells_again(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = iter(range(100))
    original = reconcile_contracts.named
    monkeypatch.setattr(
        "services.orchestrator.usecases.audit_gaps.named",
        lambda contract, what: original(contract, f"{what}/{next(keys)}"),
    )
    monkeypatch.setattr(reconcile_contracts.ReconcileContracts, "_keep", _keep_nothing)
    with pytest.raises(ValueError, match="too many values"):
        await test_a_finished_run_that_misses_an_acknowledgement_is_told_of_once(household)


async def _keep_nothing(*_: Any) -> None:
    return
