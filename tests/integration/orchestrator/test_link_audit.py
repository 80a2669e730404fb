"""What ended runs refer to in other domains is looked for; what is not there is told of once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.activity.v1 import trace_pb2
from aos.incidents.v1 import incident_pb2
from aos.policies.v1 import decision_pb2
from kernel.errors import ServiceError, Unavailable
from services.orchestrator.clients import audit_desk
from services.orchestrator.clients.audit_desk import RunAudits
from services.orchestrator.clients.logs_desk import LogsRecords
from services.orchestrator.usecases import audit_incidents, audit_links
from tests.integration.orchestrator import rewriting
from tests.support import auditing
from tests.support.auditing import DANGLING, audit, found
from tests.support.calling import Caller
from tests.support.finished_runs import stopped_run, succeeded_run
from tests.support.managed import ask, managed
from tests.support.orchestrated import FAILED, Agent, Household
from tests.support.plane import Plane

RECONCILE, LINKS = "reconcile_contracts", "audit_links"
BROKEN = [
    (rewriting.name_another_agent, ("run_", "agt_")),
    (rewriting.name_another_project, ("run_", "prj_")),
    (rewriting.name_another_snapshot, ("run_", "snp_")),
    (rewriting.count_one_incident_more, ("run_", "incident 1 of 0")),
    (rewriting.name_an_incident_in_the_trace, ("trc_", "inc_")),
    (rewriting.remove_a_record, ("trc_", "1 records at logs, the first of them llm_")),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await auditing.start_audited(empty_plane)
    yield empty_plane


async def audited(household: Household) -> None:
    """One round of everything."""
    await audit(household.plane, RECONCILE)
    await audit(household.plane, LINKS)


async def rewrite(household: Household, change: rewriting.Rewrite, run_id: str) -> None:
    async with rewriting.all_rights(household.plane.database) as connection:
        await change(connection, run_id)


async def with_a_call(household: Household, agent: Agent) -> str:
    """A run that has asked a model once, completed."""
    run_id: str = (await agent.create()).run.run.id
    await agent.ask(run_id, "one", kind=decision_pb2.STEP_KIND_MODEL_CALL)
    await agent.report(run_id, "one", kind=trace_pb2.STEP_KIND_LLM_CALL, model="scripted/one")
    await agent.end(run_id)
    await household.completed(run_id)
    return run_id


async def ended(household: Household, **more: Any) -> str:
    run_id: str = (await household.run()).run.run.id
    await household.end(run_id, **more)
    await household.completed(run_id)
    return run_id


async def test_runs_of_every_kind_refer_to_nothing_that_is_not_there(
    household: Household, agent: Agent
) -> None:
    run_ids = [
        await succeeded_run(household, agent),
        (await stopped_run(household, agent)).run_id,
        await ended(household, outcome=FAILED),
        await managed(household, ask("one", "hello")),
    ]
    await household.completed(run_ids[-1])
    await audited(household)
    states = {await auditing.state_of(household.plane, run_id) for run_id in run_ids}
    assert states == {"AUDITED"}
    assert await found(household, DANGLING) == []


async def test_a_reference_to_nothing_is_told_of_once_by_both_its_ends(
    household: Household, agent: Agent
) -> None:
    run_ids = [await with_a_call(household, agent) for _ in BROKEN]
    for run_id, (change, _) in zip(run_ids, BROKEN, strict=True):
        await rewrite(household, change, run_id)
    for _ in range(2):
        await audited(household)
    # Somebody may have broken off between telling it and keeping that it was told.
    await household.plane.database.fetch(
        "UPDATE orchestrator.run_contracts SET audit_state = 'SOUND' WHERE run_id = ANY($1)",
        run_ids,
    )
    await audit(household.plane, LINKS)
    for run_id, (_, ends) in zip(run_ids, BROKEN, strict=True):
        (told,) = await found(household, DANGLING, run_id)
        source, _, target = told.detail.partition(" refers to ")
        assert (source[: len(ends[0])], ends[1] in target) == (ends[0], True), told.detail
        assert told.category == incident_pb2.CATEGORY_AUDIT_GAP
        assert told.incident_id


async def test_an_entry_that_was_acknowledged_and_is_not_there_is_told_of_once(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lie(*_: Any) -> int:
        return 1

    with monkeypatch.context() as lying:
        lying.setattr(LogsRecords, "append_entry", lie)
        run_id = await ended(household)
    for _ in range(2):
        await audited(household)
    (told,) = await found(household, DANGLING, run_id)
    assert told.detail.startswith(f"{run_id} refers to its RUN_COMPLETED entry in the ledger")


async def test_a_contract_without_its_run_is_told_of_though_there_is_no_run(
    household: Household,
) -> None:
    run_id = await ended(household)
    await rewrite(household, rewriting.remove_the_run, run_id)
    for _ in range(2):
        await audited(household)
    (told,) = await found(household, DANGLING)
    assert (told.run_id, told.subject) == ("", f"run/{run_id}")


async def test_a_service_that_is_away_proves_nothing(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await with_a_call(household, agent)
    await rewrite(household, rewriting.remove_a_record, run_id)

    async def away(*_: Any) -> Any:
        raise Unavailable("It is away.")

    await audit(household.plane, RECONCILE)
    for question in ("references", "_project_of", "_has_snapshot", "_records_of", "_has_entry"):
        with monkeypatch.context() as broken:
            broken.setattr(RunAudits, question, away)
            with pytest.raises(ServiceError, match="could not be audited"):
                await audit(household.plane, LINKS)
        assert await auditing.state_of(household.plane, run_id) == "SOUND"
        assert await found(household, DANGLING, run_id) == []
    await audit(household.plane, LINKS)
    assert len(await found(household, DANGLING, run_id)) == 1


async def test_mutant_that_believes_every_reference_tells_nobody(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_links, "broken_links", lambda *_: ())
    with pytest.raises(ValueError, match="not enough values"):
        await test_a_reference_to_nothing_is_told_of_once_by_both_its_ends(household, agent)


async def count_of(household: Household, run_id: str) -> int:
    view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    return int(view.run.incident_count)


async def late_incident(household: Household, run_id: str) -> None:
    """Something that is noticed when the run is over, of a policy of its own."""
    reporter = Caller(
        household.plane,
        "incidents",
        household.plane.identities.service_metadata(
            "orchestrator", audience="incidents", tenant=household.tenant
        ),
    )
    await reporter.call(
        "CreateIncident",
        run_id=run_id,
        trigger_type=incident_pb2.TRIGGER_TYPE_COST_ANOMALY,
        category=incident_pb2.CATEGORY_COST_ANOMALY,
        detail="it spent unlike its agent",
    )


async def test_an_incident_that_comes_late_is_counted_at_its_run_once(
    household: Household,
) -> None:
    run_id = await ended(household)
    await late_incident(household, run_id)
    assert await count_of(household, run_id) == 0
    for _ in range(2):
        await audit(household.plane, LINKS)
        assert await count_of(household, run_id) == 1


async def test_a_list_that_is_too_long_for_one_round_is_gone_through_in_several(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await audit(household.plane, LINKS)
    monkeypatch.setattr(audit_desk, "_PAGE", 1)
    monkeypatch.setattr(audit_incidents, "_MOST_PAGES", 1)
    run_ids = [await ended(household) for _ in range(3)]
    for run_id in run_ids:
        await late_incident(household, run_id)
    counts = []
    for _ in run_ids:
        await audit(household.plane, LINKS)
        counts.append(sum([await count_of(household, run_id) for run_id in run_ids]))
    assert counts == [1, 2, 3]


async def test_an_incident_of_a_run_that_nobody_knows_is_told_of_once(
    household: Household,
) -> None:
    activity = household.asks("activity")
    run_id = (
        await activity.call(
            "CreateRun",
            project_id=household.project,
            agent_id=household.agent,
            goal="anything",
            source=activity_run_pb2.RUN_SOURCE_EXTERNAL,
        )
    ).run.id
    await late_incident(household, run_id)
    # Only who has had a run is looked at.
    await household.run()
    await rewrite(household, rewriting.remove_the_run, run_id)
    for _ in range(2):
        await audit(household.plane, LINKS)
    (told,) = await found(household, DANGLING)
    assert told.subject.startswith("incident/inc_")
    assert "refers to run_" in told.detail


async def test_mutant_that_believes_every_incident_counts_and_tells_nothing(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any) -> None:
        return

    monkeypatch.setattr(audit_incidents.AuditIncidents, "_look_at", nothing)
    with pytest.raises(AssertionError):
        await test_an_incident_that_comes_late_is_counted_at_its_run_once(household)
    with pytest.raises(ValueError, match="not enough values"):
        await test_an_incident_of_a_run_that_nobody_knows_is_told_of_once(household)
