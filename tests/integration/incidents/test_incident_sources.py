"""What other domains announce becomes incidents by itself: ends, breaches, overruns, silence."""

import pytest

from aos.activity.v1 import run_pb2
from aos.incidents.v1 import incident_pb2
from aos.policies.v1 import policy_pb2
from kernel.clock import SystemClock
from kernel.identifiers import PLANE_TENANT, new_id
from servicekit.guard.boot_guard import GuardCheck
from services.incidents.usecases.ports import SeenService
from services.incidents.usecases.watch_services import WatchServices
from tests.support import people
from tests.support.governed import Tenant, limit
from tests.support.mishaps import FAILURE, Scene
from tests.support.plane import Plane
from tests.support.waiting import until

FAILED = (run_pb2.RUN_STATUS_FAILED, run_pb2.TERMINATION_REASON_SYSTEM_FAILURE)
SUCCEEDED = (run_pb2.RUN_STATUS_SUCCEEDED, run_pb2.TERMINATION_REASON_COMPLETED)
CANCELLED = (run_pb2.RUN_STATUS_CANCELLED, run_pb2.TERMINATION_REASON_USER_ABORT)
SUCCESS = incident_pb2.CATEGORY_EXECUTION_SUCCESS


async def test_a_run_that_fails_is_an_incident_with_the_step_at_which_it_stopped(
    scene: Scene,
) -> None:
    run = await scene.run(steps=4)
    await scene.end(run, *FAILED, stopped_at_step=3)
    (incident,) = await until(lambda: scene.made(run.id))
    assert incident.category == incident_pb2.CATEGORY_EXECUTION_FAILURE
    assert incident.title == "Execution failure: system_failure"
    assert incident.inflection.step_index == 3
    assert [step.index for step in incident.inflection.preceding_steps] == [0, 1, 2]


async def test_a_run_that_succeeds_is_an_outcome_and_one_that_is_cancelled_is_neither(
    scene: Scene,
) -> None:
    cancelled, run = await scene.run(), await scene.run()
    await scene.end(cancelled, *CANCELLED)
    await scene.end(run, *SUCCEEDED)
    (outcome,) = await until(lambda: scene.made(run.id, category=SUCCESS))
    assert outcome.status == incident_pb2.INCIDENT_STATUS_RESOLVED
    assert await scene.made(run.id) == []
    assert await scene.responder.every("ListViolations", "violations", run_id=cancelled.id) == []


@pytest.mark.invariant("I-14")
async def test_an_end_that_the_saga_reports_as_well_is_one_incident(scene: Scene) -> None:
    run = await scene.run()
    await scene.end(run, *FAILED)
    told = (await scene.report(run_id=run.id, **FAILURE)).violation
    (incident,) = await until(lambda: _of_two(scene, run.id))
    assert incident.id == told.incident_id


async def _of_two(scene: Scene, run_id: str) -> list[incident_pb2.Incident]:
    return [each for each in await scene.made(run_id) if each.violation_count == 2]


@pytest.mark.gap("GAP-024")
async def test_a_breach_is_an_incident_with_the_decision_that_fell(
    plane: Plane, scene: Scene
) -> None:
    tenant = Tenant(plane, owner=scene.owner)
    policy = await tenant.govern(limit("COST_MICRO_USD", 100), action=policy_pb2.ACTION_STOP)
    governed = await tenant.open_run()
    decision = await governed.ask("step-7", estimated_cost_micro_usd=120)
    assert decision.action == policy_pb2.ACTION_STOP
    (incident,) = await until(lambda: scene.made(governed.id))
    turn = incident.inflection
    assert (incident.policy_id, incident.category) == (
        policy.id,
        incident_pb2.CATEGORY_BUDGET_EXCEEDED,
    )
    assert (turn.decision_id, turn.step_id) == (decision.decision_id, "step-7")
    assert (turn.value, turn.threshold, turn.unit) == (120, 100, "micro_usd")
    assert (turn.action, incident.blocking) == ("STOP", True)

    async def linked() -> list[str]:
        asked = people.person(plane, scene.owner)
        found = await asked.every("ListEnforcements", "enforcements", run_id=governed.id)
        return [each.incident_id for each in found if each.incident_id]

    assert await until(linked) == [incident.id]


async def test_more_than_was_reserved_is_critical(plane: Plane, scene: Scene) -> None:
    tenant = Tenant(plane, owner=scene.owner)
    await tenant.govern(limit("COST_MICRO_USD", 1000))
    governed = await tenant.open_run()
    await governed.ask("s", estimated_cost_micro_usd=100)
    await governed.settle("s", cost_micro_usd=5000)
    (incident,) = await until(lambda: scene.made(governed.id))
    assert incident.trigger_type == incident_pb2.TRIGGER_TYPE_BUDGET_OVERRUN
    assert incident.severity == incident_pb2.SEVERITY_CRITICAL
    assert incident.blocking


async def test_a_run_that_spends_unlike_its_agent_is_explained_in_numbers(
    plane: Plane, scene: Scene
) -> None:
    agent = new_id("agt")
    rates = ",".join(["600000"] * 20)
    await plane.database.fetch(
        "INSERT INTO incidents.burn_histories (tenant_id, agent_id, rates) "
        f"VALUES ('{scene.tenant}', '{agent}', '{{{rates}}}')"
    )
    run = await scene.run(steps=2, agent=agent, cost_micro_usd=9_000_000)
    await scene.end(run, *SUCCEEDED)
    (incident,) = await until(lambda: scene.made(run.id))
    assert incident.category == incident_pb2.CATEGORY_COST_ANOMALY
    assert incident.inflection.value > incident.inflection.threshold == 1_200_000
    assert not incident.blocking
    (violation,) = [
        each
        for each in await scene.responder.every("ListViolations", "violations", run_id=run.id)
        if each.trigger_type == incident_pb2.TRIGGER_TYPE_COST_ANOMALY
    ]
    assert "last 20 runs spent 0.6000 USD (median)" in violation.detail
    kept = await plane.database.value(
        f"SELECT cardinality(rates) FROM incidents.burn_histories WHERE agent_id = '{agent}'"
    )
    assert kept == 21


@pytest.mark.gap("GAP-047")
@pytest.mark.parametrize(
    ("check", "trigger", "category"),
    [
        ("relay", "TRIGGER_TYPE_LIVENESS_VIOLATION", "CATEGORY_LIVENESS"),
        ("audit", "TRIGGER_TYPE_AUDIT_FAILURE", "CATEGORY_AUDIT_GAP"),
    ],
)
async def test_a_part_of_the_plane_that_stays_broken_is_an_incident_of_the_plane(
    plane: Plane, check: str, trigger: str, category: str
) -> None:
    guard = plane.services["policies"].foundation.guard
    before = guard.checks
    name = f"{check}"

    async def broken() -> str:
        return "It was broken for the test."

    guard.watch([GuardCheck(name=name, prove=broken)])
    try:
        await guard.check_once()
        operator = Scene(plane, tenant=PLANE_TENANT)

        async def found() -> list[incident_pb2.Incident]:
            listed = await operator.responder.every("ListIncidents", "incidents", size=100)
            return [each for each in listed if each.subject == f"policies/{name}"]

        (incident,) = await until(found)
    finally:
        guard.watch(before)
        await guard.check_once()
    assert incident_pb2.TriggerType.Name(incident.trigger_type) == trigger
    assert incident_pb2.Category.Name(incident.category) == category
    assert incident.severity == incident_pb2.SEVERITY_CRITICAL
    assert "broken for the test" in incident.title


@pytest.mark.gap("GAP-047")
@pytest.mark.parametrize(
    ("trigger", "category"),
    [
        ("MISSING_ACKNOWLEDGEMENT", "AUDIT_GAP"),
        ("AUDIT_FAILURE", "AUDIT_GAP"),
        ("RECONCILIATION_GAP", "AUDIT_GAP"),
        ("DANGLING_REFERENCE", "INTEGRITY"),
        ("LIVENESS_VIOLATION", "LIVENESS"),
        ("CROSS_TENANT_ATTEMPT", "ACCESS_VIOLATION"),
        ("PARKED_SAGA", "EXECUTION_FAILURE"),
    ],
)
async def test_whatever_an_audit_finds_ends_in_an_incident_of_its_run(
    scene: Scene, trigger: str, category: str
) -> None:
    run = await scene.run()
    answer = await scene.report(
        run_id=run.id,
        trigger_type=incident_pb2.TriggerType.Value(f"TRIGGER_TYPE_{trigger}"),
        category=incident_pb2.Category.Value(f"CATEGORY_{category}"),
        detail="the audit found it",
    )
    view = await scene.responder.call("GetIncident", incident_id=answer.incident.id)
    severity = incident_pb2.Severity.Name(view.incident.severity)
    grave = {"AUDIT_GAP", "INTEGRITY", "LIVENESS"}
    assert (severity == "SEVERITY_CRITICAL") is (category in grave)
    assert view.suggestions
    assert view.evidence


async def test_one_outage_is_told_of_once(plane: Plane) -> None:

    problems = {"relay": "It is silent."}
    told: list[int] = []

    async def look() -> list[SeenService]:
        return [SeenService(name=new_name, problems=problems)]

    new_name = new_id("svc")
    incidents = plane.services["incidents"]
    watch = WatchServices(
        look=look,
        units_of_work=incidents.host._parts.units_of_work,
        clock=SystemClock(),
    )
    for _ in range(4):
        told.append(await watch())
    problems.clear()
    told.append(await watch())
    problems["relay"] = "It is silent again."
    told += [await watch(), await watch()]
    assert told == [0, 1, 0, 0, 0, 0, 1]
    rows = await plane.database.fetch(
        f"SELECT violation_count FROM incidents.incidents WHERE subject = '{new_name}/relay'"
    )
    assert len(rows) <= 1
