"""An incident is made once, of facts that are on disk first, with all that led to it."""

import asyncio
import hashlib
import json
import uuid
from typing import Any

import asyncpg
import pytest
from grpc import StatusCode, aio

from aos.incidents.v1 import incident_pb2
from kernel.errors import Unavailable
from kernel.identifiers import new_id
from services.incidents.clients.run_directory import ActivityRuns
from services.incidents.clients.suppression_desk import PoliciesSuppression
from services.incidents.domain.violation import CaseKey, Violation
from tests.support.governed import Tenant
from tests.support.learning import Learning
from tests.support.mishaps import BUDGET, FAILURE, OUTCOME, Scene
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

PENDING = incident_pb2.CONCLUSION_PENDING
INCIDENT = incident_pb2.CONCLUSION_INCIDENT
PREVENTED = incident_pb2.CONCLUSION_PREVENTED


@pytest.mark.gap("GAP-024")
async def test_an_incident_carries_the_point_at_which_the_run_turned(scene: Scene) -> None:
    run = await scene.run(steps=30)
    made = await scene.incident(run_id=run.id, step_index=25, step_id="s", decision_id="dec_1")
    turn = made.inflection
    assert (turn.step_index, turn.step_id, turn.decision_id) == (25, "s", "dec_1")
    assert (turn.value, turn.threshold, turn.unit, turn.action) == (120, 100, "micro_usd", "STOP")
    assert turn.HasField("time")
    assert [step.index for step in turn.preceding_steps] == list(range(5, 25))
    assert turn.preceding_steps[-1].skill_name == "skill 24"
    assert (made.project_id, made.agent_id) == (run.project_id, run.agent_id)
    assert (made.severity, made.status) == (
        incident_pb2.SEVERITY_HIGH,
        incident_pb2.INCIDENT_STATUS_OPEN,
    )


@pytest.mark.gap("GAP-024")
async def test_without_a_step_the_last_one_before_the_moment_is_the_turn(scene: Scene) -> None:
    run = await scene.run(steps=3)
    made = await scene.incident(run_id=run.id)
    assert made.inflection.step_index == 3
    assert [step.index for step in made.inflection.preceding_steps] == [0, 1, 2]


async def test_evidence_is_gathered_at_birth_and_hashed(scene: Scene) -> None:
    run = await scene.run(steps=2)
    made = await scene.incident(run_id=run.id)
    view = await scene.responder.call("GetIncident", incident_id=made.id)
    kinds = {each.kind: each for each in view.evidence}
    assert kinds.keys() == {"violation", "run", "preceding_steps"}
    for each in view.evidence:
        assert each.content_hash == hashlib.sha256(each.content_json.encode()).digest()
    assert json.loads(kinds["run"].content_json)["agent_id"] == run.agent_id
    assert len(json.loads(kinds["preceding_steps"].content_json)["steps"]) == 2
    assert [each.code for each in view.suggestions] == [
        "read_trace",
        "raise_limit",
        "open_override",
    ]
    assert view.incident == made


@pytest.mark.invariant("I-14")
@pytest.mark.parametrize("policy", ["pol_1", ""])
async def test_two_hundred_who_ask_at_once_get_one_incident(scene: Scene, policy: str) -> None:
    run = await scene.run()
    answers = await asyncio.gather(
        *(insisting(scene, run_id=run.id, policy_id=policy, step_index=at) for at in range(200))
    )
    known = {answer.incident.id for answer in answers if answer.HasField("incident")}
    known |= {answer.violation.incident_id for answer in answers}
    assert len(known) == 1
    (incident,) = await until(lambda: _whole(scene, run.id, 200))
    assert incident.violation_count == 200
    violations = await scene.responder.every("ListViolations", "violations", size=50, run_id=run.id)
    assert {one.conclusion for one in violations} == {INCIDENT}
    assert len(violations) == 200


async def insisting(scene: Scene, **fields: Any) -> Any:
    """Report as clients do that repeat what was refused for the moment: under the same name."""
    request_id = str(uuid.uuid4())
    while True:
        try:
            return await scene.report(request_id=request_id, **fields)
        except aio.AioRpcError as error:
            assert error.code() is StatusCode.UNAVAILABLE, error


async def _whole(scene: Scene, run_id: str, violations: int) -> list[incident_pb2.Incident]:
    found = await scene.responder.every("ListIncidents", "incidents", run_id=run_id)
    return [each for each in found if each.violation_count == violations]


@pytest.mark.invariant("I-14")
async def test_mutant_without_one_key_for_a_pair_there_are_two(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apart(violation: Violation) -> CaseKey:
        return CaseKey(
            tenant_id=violation.tenant_id,
            run_id=violation.run_id,
            subject="",
            policy_id=violation.id,
            is_outcome=False,
        )

    monkeypatch.setattr(Violation, "key", property(apart))
    run = await scene.run()
    for _ in range(2):
        await scene.report(run_id=run.id)
    assert len(await scene.responder.every("ListIncidents", "incidents", run_id=run.id)) == 2


async def test_other_policies_and_other_runs_have_incidents_of_their_own(scene: Scene) -> None:
    run, other = await scene.run(), await scene.run()
    ids = {
        (await scene.incident(run_id=run.id, policy_id="pol_1")).id,
        (await scene.incident(run_id=run.id, policy_id="pol_2")).id,
        (await scene.incident(run_id=run.id)).id,
        (await scene.incident(run_id=other.id, policy_id="pol_1")).id,
    }
    assert len(ids) == 4


async def test_the_incident_speaks_for_the_worst_violation(scene: Scene) -> None:
    run = await scene.run()
    rate = {**BUDGET, "category": incident_pb2.CATEGORY_RATE_LIMIT, "limit_name": "RATE/minute"}
    first = (await scene.report(run_id=run.id, **{**rate, "blocking": False})).incident
    assert first.severity == incident_pb2.SEVERITY_LOW
    worse = (await scene.report(run_id=run.id)).incident
    assert (worse.id, worse.violation_count) == (first.id, 2)
    assert (worse.severity, worse.category) == (
        incident_pb2.SEVERITY_HIGH,
        incident_pb2.CATEGORY_BUDGET_EXCEEDED,
    )
    assert worse.blocking
    again = (await scene.report(run_id=run.id, **rate)).incident
    assert (again.severity, again.violation_count) == (worse.severity, 3)
    assert await scene.timeline(first.id) == ["CREATED", "ESCALATED", "VIOLATION_ADDED"]


async def test_a_request_that_is_repeated_gets_what_became_of_it(scene: Scene) -> None:
    run, name = await scene.run(), str(uuid.uuid4())
    first = await scene.report(request_id=name, run_id=run.id)
    assert await scene.report(request_id=name, run_id=run.id) == first
    told = await refusal(scene.report(request_id=name, run_id=run.id, detail="something else"))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED")


@pytest.mark.invariant("I-15")
async def test_what_a_learned_policy_covers_is_prevented_and_not_an_incident(
    plane: Plane, scene: Scene
) -> None:
    known = await scene.incident(policy_id="")
    learning = _learning(plane, scene)
    await learning.learn(known.signature, incident_id=known.id)
    run = await scene.run()
    answer = await scene.report(run_id=run.id, policy_id="")
    assert answer.violation.conclusion == PREVENTED
    assert not answer.HasField("incident")
    records = await learning.reviewer.every("ListPreventions", "preventions", run_id=run.id)
    assert [record.id for record in records] == [answer.violation.prevention_id]
    assert [record.blocked_incident_id for record in records] == [answer.violation.incident_id]
    assert await scene.responder.every("ListIncidents", "incidents", run_id=run.id) == []
    # The same thing again in the same run is the same case.
    again = await scene.report(run_id=run.id, policy_id="")
    assert again.violation.prevention_id == answer.violation.prevention_id


def _learning(plane: Plane, scene: Scene) -> Learning:
    return Learning(plane, Tenant(plane, owner=scene.owner))


@pytest.mark.invariant("I-15")
async def test_while_the_rule_comes_and_goes_each_case_comes_to_one_of_the_two(
    plane: Plane, scene: Scene
) -> None:
    known = await scene.incident(policy_id="")
    learning = _learning(plane, scene)
    policy = await learning.learn(known.signature, incident_id=known.id)
    runs = [await scene.run() for _ in range(20)]
    asking = True

    async def come_and_go() -> None:
        at = policy
        while asking:
            for verb in ("SuspendPolicy", "ActivatePolicy"):
                answer = await learning.tenant.write(verb, policy_id=at.id, etag=at.etag)
                at = answer.policy

    moving = asyncio.create_task(come_and_go())
    reports = [scene.report(run_id=run.id, policy_id="") for run in runs for _ in range(5)]
    await asyncio.gather(*reports)
    asking = False
    await moving
    for run in runs:
        incidents = await scene.responder.every("ListIncidents", "incidents", run_id=run.id)
        records = await learning.reviewer.every("ListPreventions", "preventions", run_id=run.id)
        assert len(incidents) + len(records) == 1, run.id


async def test_while_policies_is_away_the_fact_is_kept_and_concluded_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await scene.run()
    with monkeypatch.context() as away:
        away.setattr(PoliciesSuppression, "decide", _away)
        answer = await scene.report(run_id=run.id)
        assert answer.violation.conclusion == PENDING
        assert not answer.HasField("incident")
    (incident,) = await until(lambda: _whole(scene, run.id, 1))
    assert incident.id == answer.violation.incident_id


async def test_while_activity_is_away_the_fact_is_kept_and_concluded_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await scene.run(steps=2)
    with monkeypatch.context() as away:
        away.setattr(ActivityRuns, "constraints", _away)
        away.setattr(ActivityRuns, "look_up", _away)
        answer = await scene.report(run_id=run.id)
        assert answer.violation.conclusion == PENDING
    (incident,) = await until(lambda: _whole(scene, run.id, 1))
    assert len(incident.inflection.preceding_steps) == 2


async def _away(*_what: object, **_how: object) -> Any:
    raise Unavailable("It is away.")


async def test_a_conclusion_is_drawn_once_also_by_the_database(plane: Plane, scene: Scene) -> None:
    run = await scene.run()
    await scene.report(run_id=run.id)
    change = "UPDATE incidents.cases SET conclusion = 'PENDING', concluded_at = NULL"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="drawn once"):
        await plane.database.fetch(f"{change} WHERE run_id = '{run.id}'")


async def test_what_ended_well_is_kept_apart_from_what_a_responder_sees(scene: Scene) -> None:
    run = await scene.run()
    outcome = (await scene.report(run_id=run.id, **OUTCOME)).incident
    assert outcome.status == incident_pb2.INCIDENT_STATUS_RESOLVED
    assert await scene.responder.every("ListIncidents", "incidents") == []
    assert await scene.responder.every("ListIncidentGroups", "groups", include_resolved=True) == []
    found = await scene.responder.every(
        "ListIncidents", "incidents", category=incident_pb2.CATEGORY_EXECUTION_SUCCESS
    )
    assert found == [outcome]
    # It takes nobody's place: what goes wrong in the same run is an incident all the same.
    failed = (await scene.report(run_id=run.id, **FAILURE)).incident
    assert failed.id != outcome.id
    told = await refusal(scene.take("Reopen", outcome, reason="why not"))
    assert told.reason == "ILLEGAL_INCIDENT_STEP"


async def test_what_belongs_to_no_run_has_a_subject(scene: Scene) -> None:
    told = {
        "subject": "connector/crm",
        "trigger_type": incident_pb2.TRIGGER_TYPE_CONNECTOR_CHANGE,
        "category": incident_pb2.CATEGORY_CONNECTOR_CHANGE,
        "detail": "the tool `search` has another description",
    }
    made = (await scene.report(**{**told, "blocking": True})).incident
    assert (made.subject, made.run_id) == ("connector/crm", "")
    resolved = await scene.take("Resolve", made, resolution="It was expected.")
    again = (await scene.report(**told)).incident
    assert (again.id, again.status) == (resolved.id, incident_pb2.INCIDENT_STATUS_OPEN)


@pytest.mark.parametrize("fields", [{}, {"run_id": new_id("run"), "subject": "both"}])
async def test_a_violation_names_a_run_or_a_subject(scene: Scene, fields: dict[str, str]) -> None:
    if fields:
        fields = {**fields, "run_id": (await scene.run()).id}
    told = await refusal(scene.report(**fields))
    assert (told.code, [*told.fields]) == (StatusCode.INVALID_ARGUMENT, ["run_id"])


async def test_a_violation_of_an_unknown_run_or_of_another_tenants_is_refused(
    plane: Plane, scene: Scene
) -> None:
    foreign = await Scene(plane).run()
    for run_id in (new_id("run"), foreign.id):
        told = await refusal(scene.report(run_id=run_id))
        assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "VIOLATED_RUN_NOT_FOUND")
    assert await scene.responder.every("ListViolations", "violations") == []


async def test_the_ledger_has_the_fact_before_the_incident(plane: Plane, scene: Scene) -> None:
    run = await scene.run()
    made = await scene.incident(run_id=run.id)

    def entries() -> list[str]:
        known = [one for one in plane.logs.entries.values() if one.run_id == run.id]
        kinds = {entry.event_type: entry for entry in known}
        return sorted(kinds) if "INCIDENT_CREATED" in kinds else []

    assert {"VIOLATION_RECORDED", "INCIDENT_CREATED"} <= set(await until(entries))
    (entry,) = plane.logs.of(made.id)
    assert entry.run_id == run.id


async def test_nobody_but_the_plane_makes_incidents(scene: Scene) -> None:
    run = await scene.run()
    told = await refusal(scene.responder.call("CreateIncident", run_id=run.id, **BUDGET))
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")
