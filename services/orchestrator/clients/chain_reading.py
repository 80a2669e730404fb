"""Reads what the domains say of a run as what its explanation is made of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aos.activity.v1 import run_pb2, trace_pb2
from aos.incidents.v1 import incident_pb2
from aos.logs.v1 import run_log_pb2
from aos.policies.v1 import decision_pb2, gate_pb2, policy_pb2, proposal_pb2
from services.orchestrator.domain import chain_facts as facts
from services.orchestrator.usecases.gather_evidence import RunEvidence


def read_chain(evidence: RunEvidence, policy_names: Mapping[str, str]) -> facts.ChainFacts:
    """Read everything."""
    lists = evidence.lists
    return facts.ChainFacts(
        run=_run(evidence.run.message),
        gate=None if evidence.gate is None else _gate(evidence.gate),
        completion=_completion(evidence),
        steps=[_step(one, evidence.run.message.id) for one in lists["steps"].items],
        decisions=[_decision(one) for one in lists["decisions"].items],
        enforcements=[_enforcement(one) for one in lists["enforcements"].items],
        incidents=[_incident(one) for one in lists["incidents"].items],
        preventions=[_prevention(one) for one in lists["preventions"].items],
        proposals=[_proposal(one) for one in lists["proposals"].items],
        run_log=[_event(one) for one in lists["run_log"].items],
        entries=[_entry(one) for one in lists["ledger_entries"].items],
        policy_names=policy_names,
        truncated=evidence.truncated,
    )


def _run(run: Any) -> facts.RunFact:
    over = run.HasField("complete_time")
    return facts.RunFact(
        id=run.id,
        status=_word(run_pb2.RunStatus, run.status),
        reason=_word(run_pb2.TerminationReason, run.termination_reason),
        agent_id=run.agent_id,
        created_at=_moment(run.create_time),
        completed_at=_moment(run.complete_time) if over else None,
        step_count=run.step_count,
        stopped_at_step=run.stopped_at_step if run.HasField("stopped_at_step") else None,
        violation_policy_id=run.violation_policy_id,
    )


def _gate(gate: Any) -> facts.GateFact:
    return facts.GateFact(
        state=_word(gate_pb2.GateState, gate.state),
        opened_at=_moment(gate.open_time),
        changed_at=_moment(gate.change_time),
        changed_by=gate.changed_by,
        reason=gate.reason,
    )


def _completion(evidence: RunEvidence) -> facts.CompletionFact | None:
    if evidence.saga is None:
        return None
    saga = evidence.saga.saga
    return facts.CompletionFact(
        id=saga.id,
        state=saga.state,
        cause=saga.cause,
        said_by=saga.said_by,
        last_error=saga.last_error,
        created_at=saga.created_at,
        steps=[
            facts.CompletedStepFact(name=step.name, at=step.completed_at)
            for step in evidence.saga.steps
        ],
    )


def _step(recorded: Any, run_id: str) -> facts.StepFact:
    step = recorded.step
    late = "late/" if recorded.late else ""
    return facts.StepFact(
        # Steps have no identifier but their place in the run.
        id=f"{run_id}/{late}{step.index}",
        index=step.index,
        step_id=step.step_id,
        skill=step.skill_name,
        status=_word(trace_pb2.StepStatus, step.status),
        at=_moment(step.start_time),
    )


def _decision(decision: Any) -> facts.DecisionFact:
    winner = decision.winner if decision.HasField("winner") else None
    return facts.DecisionFact(
        id=decision.decision_id,
        step_id=decision.step_id,
        action=_word(policy_pb2.Action, decision.action),
        reason=_word(decision_pb2.DecisionReason, decision.reason),
        at=_moment(decision.decide_time),
        finding=None if winner is None else _finding(winner),
    )


def _finding(finding: Any) -> facts.FindingFact:
    return facts.FindingFact(
        policy_id=finding.policy_id,
        limit_type=_word(policy_pb2.LimitType, finding.limit_type),
        value=finding.value,
        threshold=finding.threshold,
        detail=finding.detail,
    )


def _enforcement(enforcement: Any) -> facts.EnforcementFact:
    return facts.EnforcementFact(
        id=enforcement.id,
        step_id=enforcement.step_id,
        policy_id=enforcement.policy_id,
        action=_word(policy_pb2.Action, enforcement.action),
        decision_id=enforcement.decision_id,
        at=_moment(enforcement.trigger_time),
    )


def _incident(incident: Any) -> facts.IncidentFact:
    return facts.IncidentFact(
        id=incident.id,
        severity=_word(incident_pb2.Severity, incident.severity),
        category=_word(incident_pb2.Category, incident.category),
        title=incident.title,
        policy_id=incident.policy_id,
        decision_id=incident.inflection.decision_id,
        at=_moment(incident.create_time),
    )


def _prevention(prevention: Any) -> facts.PreventionFact:
    return facts.PreventionFact(
        id=prevention.id,
        policy_id=prevention.policy_id,
        original_incident_id=prevention.original_incident_id,
        at=_moment(prevention.create_time),
    )


def _proposal(proposal: Any) -> facts.ProposalFact:
    return facts.ProposalFact(
        id=proposal.id,
        incident_id=proposal.triggering_incident_id,
        state=_word(proposal_pb2.ProposalState, proposal.state),
        at=_moment(proposal.create_time),
    )


def _event(event: Any) -> facts.RunLogFact:
    return facts.RunLogFact(
        id=event.record_id,
        type=_word(run_log_pb2.RunLogEventType, event.type),
        policy_id=event.policy_id,
        summary=event.summary,
        at=_moment(event.occur_time),
    )


def _entry(entry: Any) -> facts.EntryFact:
    return facts.EntryFact(
        id=entry.draft.entry_id,
        sequence=entry.sequence,
        event_type=entry.draft.event_type,
        entity_id=entry.draft.entity_id,
        actor_id=entry.draft.actor_id,
        at=_moment(entry.append_time),
    )


def _word(kind: Any, value: int) -> str:
    """The name of an enum's value without its prefix; empty for the unspecified one."""
    prefix = kind.Name(0).removesuffix("UNSPECIFIED")
    return str(kind.Name(value)).removeprefix(prefix) if value else ""


def _moment(time: Any) -> datetime:
    moment: datetime = time.ToDatetime(tzinfo=UTC)
    return moment
