"""When something that is missing is a gap, and which references point to nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from services.orchestrator.domain.kinds import RunMode
from services.orchestrator.domain.run_audit import AuditState, DueRun, is_gap
from services.orchestrator.domain.run_contract import Expectation, RunContract
from services.orchestrator.domain.run_links import RunReferences, Surroundings, broken_links

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CONTRACT = RunContract(
    run_id=RunId("run_1"),
    tenant_id=TenantId("ten_1"),
    project_id=ProjectId("prj_1"),
    agent_id=AgentId("agt_1"),
    mode=RunMode.EXTERNAL,
    audit_durability=True,
    created_by="somebody",
    created_at=NOW,
)
RUN = RunReferences(
    project_id="prj_1",
    agent_id="agt_1",
    snapshot_id="snp_1",
    trace_id=TraceId("trc_1"),
    trace_incident_id="inc_1",
    incident_count=1,
)
AROUND = Surroundings(
    agent_project_id="prj_1",
    has_snapshot=True,
    incident_ids=frozenset({"inc_1", "inc_2"}),
    expected_records=("llm_1",),
    records=frozenset({"llm_1", "llm_2"}),
    has_entry=True,
)


def due(*absent: Expectation, finished: bool, begun_at: datetime | None = None) -> DueRun:
    return DueRun(
        contract=replace(CONTRACT, closed_at=NOW if finished else None),
        state=AuditState.OPEN,
        acknowledged=frozenset(Expectation) - set(absent),
        begun_at=begun_at,
        is_executed=False,
    )


@pytest.mark.parametrize(
    ("run", "ended_at", "expected"),
    [
        (due(finished=True), NOW, False),
        (due(Expectation.LOGS, finished=True), NOW, True),
        (due(Expectation.LOGS, finished=False), None, False),
        (due(Expectation.LOGS, finished=False), NOW, False),
        (due(Expectation.LOGS, finished=False), NOW - MINUTE, True),
        # Activity's clock may be behind; what was begun just now is still under way.
        (due(Expectation.LOGS, finished=False, begun_at=NOW), NOW - MINUTE, False),
        # Everything was acknowledged, and still nobody has finished it.
        (due(finished=False), NOW - MINUTE, True),
    ],
)
def test_what_is_missing_is_a_gap_once_it_should_be_there(
    run: DueRun, ended_at: datetime | None, expected: bool
) -> None:
    assert is_gap(run, ended_at, now=NOW, after=MINUTE) is expected


def test_a_run_whose_references_hold_has_no_broken_link() -> None:
    assert list(broken_links(CONTRACT, RUN, AROUND)) == []
    unbegun = replace(RUN, snapshot_id="", trace_id=TraceId(""), trace_incident_id="")
    assert list(broken_links(CONTRACT, unbegun, replace(AROUND, has_snapshot=False))) == []


@pytest.mark.parametrize(
    ("run", "around", "name"),
    [
        (RUN, replace(AROUND, agent_project_id=None), "agent"),
        (RUN, replace(AROUND, agent_project_id="prj_2"), "project"),
        (RUN, replace(AROUND, has_snapshot=False), "snapshot"),
        (replace(RUN, incident_count=3), AROUND, "incident_count"),
        (replace(RUN, trace_incident_id="inc_3"), AROUND, "trace_incident"),
        (RUN, replace(AROUND, records=frozenset({"llm_2"})), "records"),
        (RUN, replace(AROUND, has_entry=False), "ledger_entry"),
    ],
)
def test_each_reference_to_nothing_is_named(
    run: RunReferences, around: Surroundings, name: str
) -> None:
    (link,) = broken_links(CONTRACT, run, around)
    assert link.name == name
    assert link.detail.endswith("which is not there")
