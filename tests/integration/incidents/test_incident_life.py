"""What people do about incidents: each step by a person, in the timeline and in the ledger."""

from typing import Any

import pytest
from grpc import StatusCode

from aos.incidents.v1 import incident_pb2, severity_pb2
from kernel.identifiers import new_id
from tests.support.mishaps import BUDGET, FAILURE, Scene
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

OPEN = incident_pb2.INCIDENT_STATUS_OPEN
ACKNOWLEDGED = incident_pb2.INCIDENT_STATUS_ACKNOWLEDGED
RESOLVED = incident_pb2.INCIDENT_STATUS_RESOLVED


async def test_from_open_to_resolved_and_open_again(plane: Plane, scene: Scene) -> None:
    incident = await scene.incident()
    incident = await scene.take("Acknowledge", incident, note="On it.")
    assert incident.status == ACKNOWLEDGED
    assert incident.assignee.startswith("per_")
    incident = await scene.take("Assign", incident, assignee="per_somebody")
    incident = await scene.take("Comment", incident, text="The tool was slow.")
    incident = await scene.take("Resolve", incident, resolution="Raised the limit.")
    assert (incident.status, incident.resolution) == (RESOLVED, "Raised the limit.")
    assert incident.HasField("resolve_time")
    incident = await scene.take("Reopen", incident, reason="It came back.")
    assert (incident.status, incident.resolution) == (OPEN, "")
    wanted = ["CREATED", "ACKNOWLEDGED", "ASSIGNED", "COMMENTED", "RESOLVED", "REOPENED"]
    assert await scene.timeline(incident.id) == wanted

    def entries() -> list[Any]:
        found = plane.logs.of(incident.id)
        return found if len(found) == len(wanted) else []

    told = {entry.event_type: entry for entry in await until(entries)}
    assert told.keys() == {f"INCIDENT_{step}" for step in wanted}
    assert told["INCIDENT_RESOLVED"].actor_id.startswith("per_")
    assert '"ACKNOWLEDGED"' in told["INCIDENT_RESOLVED"].before_json


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("Reopen", {"reason": "r"}),
        ("Acknowledge", {}),
        ("Assign", {"assignee": "per_1"}),
        ("Resolve", {"resolution": "r"}),
    ],
)
async def test_a_step_that_the_status_does_not_lead_to_is_refused(
    scene: Scene, verb: str, fields: dict[str, str]
) -> None:
    incident = await scene.incident()
    if verb != "Reopen":
        incident = await scene.take("Resolve", incident, resolution="done")
    told = await refusal(scene.take(verb, incident, **fields))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "ILLEGAL_INCIDENT_STEP")


async def test_a_resolution_is_needed_and_an_old_etag_is_refused(scene: Scene) -> None:
    incident = await scene.incident()
    told = await refusal(scene.take("Resolve", incident))
    assert (told.code, [*told.fields]) == (StatusCode.INVALID_ARGUMENT, ["resolution"])
    await scene.take("Acknowledge", incident)
    told = await refusal(scene.take("Resolve", incident, resolution="done"))
    assert (told.code, told.reason) == (StatusCode.ABORTED, "ETAG_MISMATCH")


async def test_a_new_violation_opens_a_resolved_incident_again(scene: Scene) -> None:
    run = await scene.run()
    incident = await scene.incident(run_id=run.id)
    await scene.take("Resolve", incident, resolution="done")
    again = await scene.incident(run_id=run.id)
    assert (again.id, again.status, again.resolution) == (incident.id, OPEN, "")


async def test_incidents_of_others_are_not_there(plane: Plane, scene: Scene) -> None:
    incident = await scene.incident()
    stranger = Scene(plane)
    for ask in (
        stranger.responder.call("GetIncident", incident_id=incident.id),
        stranger.responder.call("ListTimeline", incident_id=incident.id),
        stranger.take("Resolve", incident, resolution="mine"),
        stranger.responder.call("GetIncident", incident_id=new_id("inc")),
    ):
        told = await refusal(ask)
        assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "INCIDENT_NOT_FOUND")


async def test_whoever_is_bound_to_a_project_sees_its_incidents_and_no_others(scene: Scene) -> None:
    project = new_id("prj")
    run = await scene.run(project=project)
    own, other = await scene.incident(run_id=run.id), await scene.incident()
    bound = scene.person("responder", project=project)
    assert await bound.every("ListIncidents", "incidents") == [own]
    violations = await bound.every("ListViolations", "violations")
    assert [one.incident_id for one in violations] == [own.id]
    groups = await bound.every("ListIncidentGroups", "groups")
    assert [group.last_incident_id for group in groups] == [own.id]
    told = await refusal(bound.call("GetIncident", incident_id=other.id))
    assert told.reason == "INCIDENT_NOT_FOUND"


async def test_lists_are_filtered_by_what_a_responder_asks_for(scene: Scene) -> None:
    run = await scene.run(agent=new_id("agt"))
    budget = await scene.incident(run_id=run.id, policy_id="pol_1")
    failed = await scene.incident(**FAILURE)
    made_up = await scene.incident(**FAILURE, synthetic_scenario_id="scn_1")
    everything = [made_up, failed, budget]

    async def found(**wanted: Any) -> list[str]:
        listed = await scene.responder.every("ListIncidents", "incidents", **wanted)
        return [each.id for each in listed]

    assert await found() == [each.id for each in everything]
    assert await found(exclude_synthetic=True) == [failed.id, budget.id]
    assert await found(category=incident_pb2.CATEGORY_BUDGET_EXCEEDED) == [budget.id]
    assert await found(minimum_severity=incident_pb2.SEVERITY_HIGH) == [budget.id]
    assert await found(run_id=run.id) == [budget.id]
    assert await found(policy_id="pol_1") == [budget.id]
    assert await found(agent_id=run.agent_id) == [budget.id]
    assert await found(signature=failed.signature) == [made_up.id, failed.id]
    taken = await scene.take("Acknowledge", failed)
    assert await found(status=ACKNOWLEDGED) == [failed.id]
    assert await found(assignee=taken.assignee) == [failed.id]
    assert made_up.is_synthetic


async def test_the_same_thing_again_is_one_group(scene: Scene) -> None:
    first = await scene.incident(
        **{**FAILURE, "detail": f"run {new_id('run')} timed out after 30 s"}
    )
    other = await scene.incident()
    last = await scene.incident(
        **{**FAILURE, "detail": f"run {new_id('run')} timed out after 45 s"}
    )
    assert first.signature == last.signature != other.signature
    groups = await scene.responder.every("ListIncidentGroups", "groups", size=1)
    assert [(group.last_incident_id, group.count) for group in groups] == [
        (last.id, 2),
        (other.id, 1),
    ]
    assert groups[0].first_time == first.create_time
    view = await scene.responder.call("GetIncident", incident_id=last.id)
    assert (view.recurrence_count, view.first_time) == (2, first.create_time)
    await scene.take("Resolve", other, resolution="done")
    assert len(await scene.responder.every("ListIncidentGroups", "groups")) == 1
    everything = await scene.responder.every("ListIncidentGroups", "groups", include_resolved=True)
    assert [group.unresolved_count for group in everything] == [2, 0]


async def test_a_tenant_reads_and_overrides_how_bad_things_are(scene: Scene) -> None:
    owner = scene.person("owner")
    table = await owner.call("GetSeverities")
    known = {(rule.category, rule.trigger_type): rule for rule in table.rules}
    assert not any(rule.overridden for rule in table.rules)
    assert len(known) == len(table.rules)
    wanted = severity_pb2.SeverityRule(
        category=incident_pb2.CATEGORY_BUDGET_EXCEEDED, severity=incident_pb2.SEVERITY_LOW
    )
    await owner.call("UpdateSeverities", rules=[wanted], etag=table.etag)
    incident = await scene.incident()
    assert incident.severity == incident_pb2.SEVERITY_LOW
    # Whoever sets a kind means all of it, an overrun of a budget included.
    overrun = await scene.incident(trigger_type=incident_pb2.TRIGGER_TYPE_BUDGET_OVERRUN)
    assert overrun.severity == incident_pb2.SEVERITY_LOW
    failed = await scene.incident(**FAILURE)
    assert failed.severity == incident_pb2.SEVERITY_MEDIUM
    told = await refusal(owner.call("UpdateSeverities", rules=[wanted], etag=table.etag))
    assert told.reason == "ETAG_MISMATCH"
    told = await refusal(owner.call("UpdateSeverities", rules=[wanted, wanted], etag="1"))
    assert [*told.fields] == ["rules[1]"]
    told = await refusal(scene.person("viewer").call("UpdateSeverities", rules=[], etag="1"))
    assert told.reason == "PERMISSION_MISSING"


async def test_every_severity_rule_of_the_plane_is_used(scene: Scene) -> None:
    table = await scene.responder.call("GetSeverities")
    categories = set(incident_pb2.Category.values()) - {incident_pb2.CATEGORY_UNSPECIFIED}
    assert {rule.category for rule in table.rules} == categories
    overrun = await scene.incident(
        **{**BUDGET, "trigger_type": incident_pb2.TRIGGER_TYPE_BUDGET_OVERRUN}
    )
    assert overrun.severity == incident_pb2.SEVERITY_CRITICAL
    view = await scene.responder.call("GetIncident", incident_id=overrun.id)
    assert view.suggestions[0].code == "thaw_budget"
