"""A run is over: what every domain then has of it."""

import json
import uuid
from typing import Any

from grpc import StatusCode

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import decision_pb2, gate_pb2, policy_pb2
from tests.support.governed import KILL, STOP, limit
from tests.support.orchestrated import FAILED, Agent, Household
from tests.support.statuses import refusal

STEPS = [
    "begin_finalizing",
    "close_gate",
    "append_records",
    "commit",
    "conclude",
    "link",
    "propose",
    "audit",
    "reconcile",
]


async def saga_of(household: Household, run_id: str) -> Any:
    return (await household.asks("orchestrator").call("GetSaga", run_id=run_id)).saga


async def test_a_run_that_ends_well_is_complete_in_every_domain(
    household: Household, agent: Agent
) -> None:
    held = await agent.create()
    run_id = held.run.run.id
    kind = {"kind": decision_pb2.STEP_KIND_MODEL_CALL}
    await agent.ask(run_id, "s1", **kind)
    await agent.report(
        run_id,
        "s1",
        kind=trace_pb2.STEP_KIND_LLM_CALL,
        model="scripted/one",
        params_json='"hi"',
        outcome_json='"ho"',
    )
    await agent.end(run_id)

    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert view.run.evidence_health == activity_run_pb2.EVIDENCE_HEALTH_COMPLETE
    assert view.run.integrity_status == activity_run_pb2.INTEGRITY_STATUS_VERIFIED
    assert view.gate.state == gate_pb2.GATE_STATE_CLOSED
    assert view.gate.decisions_root
    saga = await saga_of(household, run_id)
    assert [step.name for step in saga.steps] == STEPS
    logs = household.asks("logs")
    records = (await logs.call("ListRunRecords", run_id=run_id)).records
    assert [record.model for record in records] == ["scripted/one"]
    entries = await logs.every("ListEntries", "entries", filter={"run_id": run_id})
    (completed,) = [one for one in entries if one.draft.event_type == "RUN_COMPLETED"]
    told = json.loads(completed.draft.after_json)
    trace = (await household.asks("activity").call("GetTrace", run_id=run_id)).trace
    assert told["trace_root"] == trace.root_hash.hex()
    assert told["decisions_root"] == view.gate.decisions_root
    outcomes = await household.asks("incidents").call("ListIncidents", run_id=run_id)
    assert list(outcomes.incidents) == []


async def test_what_a_policy_stopped_fails_with_an_incident_and_a_proposal(
    household: Household, agent: Agent
) -> None:
    policy = await household.govern(limit("COST_MICRO_USD", 100), action=STOP)
    held = await agent.create()
    run_id = held.run.run.id
    await agent.ask(run_id, "cheap", estimated_cost_micro_usd=60)
    await agent.report(run_id, "cheap", cost_micro_usd=60)
    decided = (await agent.ask(run_id, "dear", estimated_cost_micro_usd=60)).decided
    assert decided.decision.action == STOP
    assert not decided.HasField("permit")
    await agent.end(run_id)

    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED_POLICY
    assert view.run.termination_reason == activity_run_pb2.TERMINATION_REASON_BUDGET_EXCEEDED
    assert view.run.violation_policy_id == policy.id
    assert view.run.policy_violation
    assert view.run.stopped_at_step == 1
    assert view.run.incident_count == 1
    assert view.run.risk_level == activity_run_pb2.RISK_LEVEL_VIOLATED
    (incident,) = (await household.asks("incidents").call("ListIncidents", run_id=run_id)).incidents
    assert incident.policy_id == policy.id
    trace = (await household.asks("activity").call("GetTrace", run_id=run_id)).trace
    assert trace.incident_id == incident.id
    proposals = (await household.asks("policies").call("ListProposals")).proposals
    assert [one.triggering_run_id for one in proposals if one.triggering_run_id == run_id]


async def test_a_run_that_failed_by_itself_is_an_incident(household: Household) -> None:
    run_id = (await household.run()).run.run.id
    await household.end(run_id, FAILED)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED
    assert view.run.incident_count == 1


async def test_a_killed_run_is_completed_though_nobody_says_so(household: Household) -> None:
    run_id = (await household.run()).run.run.id
    answer = await household.asks("orchestrator").call("KillRun", run_id=run_id, reason="enough")
    assert answer.halt.confirmed
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    assert view.run.termination_reason == activity_run_pb2.TERMINATION_REASON_USER_ABORT
    assert view.gate.state == gate_pb2.GATE_STATE_KILLED
    assert view.run.incident_count == 0


async def test_what_is_forbidden_at_the_start_never_begins(household: Household) -> None:
    await household.govern(limit("CALLS", 0), action=KILL, bind_at=policy_pb2.BIND_AT_RUN_START)
    started = await household.run()
    assert started.start_decision.action == KILL
    view = await household.completed(started.run.run.id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED_POLICY


async def test_said_twice_it_is_one_completion_and_said_otherwise_it_is_refused(
    household: Household,
) -> None:
    run_id = (await household.run()).run.run.id
    first, again = await household.end(run_id), await household.end(run_id)
    assert first.saga.id == again.saga.id
    await household.completed(run_id)
    assert (await refusal(household.end(run_id, FAILED))).reason == "RUN_IS_OVER"


async def test_another_tenants_run_is_as_unknown_as_none(household: Household) -> None:
    other = await Household(household.plane).settle()
    run_id = (await household.run()).run.run.id
    for method in ("GetRun", "GetSaga"):
        told = await refusal(other.asks("orchestrator").call(method, run_id=run_id))
        assert told.code is StatusCode.NOT_FOUND
    assert (await refusal(other.end(run_id))).reason == "CONTRACT_NOT_FOUND"


async def test_a_request_id_completes_one_run(household: Household) -> None:
    request_id = str(uuid.uuid4())
    asks = household.asks("orchestrator")
    for _ in range(2):
        run_id = (await household.run()).run.run.id
    await asks.call("CancelRun", request_id=request_id, run_id=run_id, reason="no more")
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    assert view.completion == run_pb2.COMPLETION_STATE_FINISHED
