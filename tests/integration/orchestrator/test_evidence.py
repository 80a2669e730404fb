"""What is known about a run, in one call each."""

from typing import Any

import pytest
from grpc import StatusCode

from aos.accounts.v1 import person_pb2
from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.orchestrator.v1 import evidence_service_pb2
from aos.policies.v1 import gate_pb2
from tests.support.calling import Caller
from tests.support.finished_runs import stopped_run, succeeded_run
from tests.support.governed import STOP
from tests.support.orchestrated import Agent, Household
from tests.support.statuses import refusal

OF_A_RUN = ("GetRunEvidence", "GetRunProof", "ReplayDecisions", "ExplainRun")
VERIFIED = evidence_service_pb2.PROOF_VERDICT_VERIFIED
INCOMPLETE = evidence_service_pb2.PROOF_VERDICT_INCOMPLETE


async def ask(household: Household, method: str, **fields: Any) -> Any:
    return await household.asks("orchestrator").call(method, **fields)


async def bound_to(household: Household, project: str) -> Any:
    """What a program sends whose key is good for one project of the tenant."""
    made = await household.asks("accounts").call(
        "CreateApiKey", name=project, roles=[person_pb2.ROLE_AUDITOR], project_id=project
    )
    anybody = Caller(household.plane, "accounts", ())
    token = (await anybody.call("ExchangeKey", api_key=made.secret)).token
    return (("authorization", f"Bearer {token}"),)


async def test_one_call_has_what_every_domain_keeps_of_a_run(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)

    assert known.run.status == activity_run_pb2.RUN_STATUS_FAILED_POLICY
    assert known.trace.run_id == stopped.run_id
    assert [one.step.step_id for one in known.steps] == ["cheap", "dear"]
    assert known.gate.state == gate_pb2.GATE_STATE_STOPPED
    assert known.decisions[-1].action == STOP
    assert known.decisions[-1].winner.policy_id == stopped.policy_id
    assert [one.policy_id for one in known.enforcements] == [stopped.policy_id]
    (incident,) = known.incidents
    assert incident.policy_id == stopped.policy_id
    assert [one.triggering_incident_id for one in known.proposals] == [incident.id]
    assert {one.domain for one in known.contract if one.acknowledged} == {
        "activity",
        "policies",
        "incidents",
        "logs",
    }
    assert known.saga.run_id == stopped.run_id
    assert "RUN_COMPLETED" in {one.draft.event_type for one in known.ledger_entries}
    assert list(known.truncated) == []


async def test_what_is_only_the_first_of_more_says_so(household: Household, agent: Agent) -> None:
    run_id = await succeeded_run(household, agent, steps=4)
    known = await ask(household, "GetRunEvidence", run_id=run_id, limit=3)
    assert [one.step.index for one in known.steps] == [0, 1, 2]
    assert {"steps", "decisions", "run_records", "ledger_entries"} <= set(known.truncated)
    assert "incidents" not in known.truncated


async def test_a_run_that_is_complete_is_verified(household: Household, agent: Agent) -> None:
    for run_id in (
        await succeeded_run(household, agent),
        (await stopped_run(household, agent)).run_id,
    ):
        proof = await ask(household, "GetRunProof", run_id=run_id)
        assert [one for one in proof.checks if not one.holds] == []
        assert proof.verdict == VERIFIED
        assert [one.name for one in proof.checks] == [
            "contract",
            "steps",
            "trace_root",
            "trace_in_ledger",
            "decisions",
            "decisions_root",
            "snapshot",
            "thresholds",
            "completion_entry",
            "ledger_entries",
            "ledger_inclusion",
        ]
        assert proof.ledger_size > 0


async def test_a_run_that_goes_on_is_incomplete_and_not_broken(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    proof = await ask(household, "GetRunProof", run_id=run_id)
    assert proof.verdict == INCOMPLETE
    assert [one.name for one in proof.checks] == ["completion"]


async def test_every_decision_comes_out_as_it_was(household: Household, agent: Agent) -> None:
    stopped = await stopped_run(household, agent)
    again = await ask(household, "ReplayDecisions", run_id=stopped.run_id)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)
    assert again.decision_count == len(known.decisions)
    assert list(again.divergences) == []
    assert again.decisions_root == known.gate.decisions_root


async def test_an_incident_and_a_proposal_lead_to_their_run(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)
    incident_id, proposal_id = known.incidents[0].id, known.proposals[0].id

    of_incident = await ask(household, "GetIncidentEvidence", incident_id=incident_id)
    assert of_incident.incident.id == incident_id
    assert of_incident.run.id == stopped.run_id
    assert [one.id for one in of_incident.proposals] == [proposal_id]
    assert of_incident.evidence

    context = await ask(household, "GetProposalContext", proposal_id=proposal_id)
    assert (context.proposal.id, context.incident.id, context.run.id) == (
        proposal_id,
        incident_id,
        stopped.run_id,
    )


async def test_the_chain_leads_from_the_first_step_to_the_ledger(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)
    told = await ask(household, "ExplainRun", run_id=stopped.run_id)

    incident, proposal = known.incidents[0].id, known.proposals[0].id
    assert told.summary.startswith(
        f"Stopped at step 1 by policy 'a policy' (COST_MICRO_USD 120 of 100): incident {incident} "
    )
    assert told.summary.endswith(f"proposal {proposal} pending.")
    links = {link.id: link for link in told.links}
    times = [link.time.ToDatetime() for link in told.links]
    assert times == sorted(times)
    # From the proposal back to what the agent asked for.
    assert list(links[proposal].because_of) == [incident]
    (enforcement,) = links[incident].because_of
    decision = links[enforcement].because_of[0]
    assert links[decision].kind == "decision"
    assert stopped.run_id in links[decision].because_of
    (completed,) = [link for link in told.links if "RUN_COMPLETED" in link.what]
    assert completed.because_of[0] in links


@pytest.mark.invariant("I-31")
@pytest.mark.parametrize("method", OF_A_RUN)
async def test_another_tenants_run_is_as_unknown_as_none(
    household: Household, agent: Agent, method: str
) -> None:
    stopped = await stopped_run(household, agent)
    other = await Household(household.plane).settle()
    theirs = await refusal(ask(other, method, run_id=stopped.run_id))
    none = await refusal(ask(other, method, run_id=f"run_{'0' * 26}"))
    assert (theirs.code, theirs.reason) == (none.code, none.reason)
    assert theirs.code is StatusCode.NOT_FOUND


async def test_another_tenants_incident_and_proposal_are_unknown(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)
    other = await Household(household.plane).settle()
    for method, field in (
        ("GetIncidentEvidence", {"incident_id": known.incidents[0].id}),
        ("GetProposalContext", {"proposal_id": known.proposals[0].id}),
    ):
        assert (await refusal(ask(other, method, **field))).code is StatusCode.NOT_FOUND


async def test_whoever_may_see_the_run_may_see_its_evidence(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    for role in (person_pb2.ROLE_AUDITOR, person_pb2.ROLE_VIEWER):
        metadata = await household.key_with(role)
        asks = household.asks("orchestrator", metadata)
        for method in OF_A_RUN:
            await asks.call(method, run_id=stopped.run_id)
    metadata = await household.key_with(person_pb2.ROLE_AGENT)
    asks = household.asks("orchestrator", metadata)
    for method in OF_A_RUN:
        told = await refusal(asks.call(method, run_id=stopped.run_id))
        assert told.reason == "PERMISSION_MISSING"


async def test_a_credential_of_one_project_sees_the_runs_of_that_and_no_others(
    household: Household, agent: Agent
) -> None:
    stopped = await stopped_run(household, agent)
    known = await ask(household, "GetRunEvidence", run_id=stopped.run_id)
    made = await household.asks("accounts").call("CreateProject", name="elsewhere")
    elsewhere = household.asks("orchestrator", await bound_to(household, made.project.id))
    at_home = household.asks("orchestrator", await bound_to(household, household.project))
    named = {
        **{method: {"run_id": stopped.run_id} for method in OF_A_RUN},
        "GetIncidentEvidence": {"incident_id": known.incidents[0].id},
        "GetProposalContext": {"proposal_id": known.proposals[0].id},
    }
    for method, fields in named.items():
        await at_home.call(method, **fields)
        told = await refusal(elsewhere.call(method, **fields))
        assert told.code is StatusCode.NOT_FOUND, method
