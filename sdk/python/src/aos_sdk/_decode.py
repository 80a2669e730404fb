"""From the messages of the contracts to the values that the client answers with."""

import json
from datetime import UTC, datetime
from typing import Any

from aos_sdk import _values as values
from aos_sdk._contract import (
    activity_run_pb2,
    decision_pb2,
    gate_pb2,
    policy_pb2,
    run_pb2,
    run_service_pb2,
    session_service_pb2,
)
from aos_sdk._enums import (
    Action,
    Completion,
    GateState,
    OnUnreachable,
    RunMode,
    RunStatus,
    StepKind,
    text,
    word,
)


def action(number: int) -> Action:
    """Decode an action; whoever finds one that is not set stops."""
    return word(number, policy_pb2.Action, Action, otherwise=Action.STOP)


def gate_state(number: int) -> GateState:
    """Decode the state of a gate; whoever finds one that is not set stops."""
    return word(number, gate_pb2.GateState, GateState, otherwise=GateState.STOPPED)


def on_unreachable(number: int) -> OnUnreachable:
    """Decode a failure mode; one that is not set counts as closed."""
    return word(number, policy_pb2.FailureMode, OnUnreachable, otherwise=OnUnreachable.FAIL_CLOSED)


def finding(message: decision_pb2.Finding) -> values.Finding:
    """Decode what one limit or rule says."""
    return values.Finding(
        policy_id=message.policy_id,
        policy_version=message.policy_version,
        limit=message.limit_name,
        breach=message.breach,
        value=message.value,
        threshold=message.threshold,
        proximity_percent=message.proximity_percent,
        action=action(message.action),
        set_aside=message.set_aside,
        detail=message.detail,
    )


def decision(message: decision_pb2.Decision) -> values.Decision:
    """Decode a decision."""
    return values.Decision(
        decision_id=message.decision_id,
        action=action(message.action),
        reason=text(message.reason, decision_pb2.DecisionReason).lower(),
        winner=finding(message.winner) if message.HasField("winner") else None,
        others=tuple(finding(other) for other in message.others),
        requires_ack=message.requires_ack,
        bypassed=message.bypassed,
        gate_epoch=message.gate_epoch,
    )


def gate(message: gate_pb2.Gate) -> values.Gate:
    """Decode a gate."""
    return values.Gate(
        state=gate_state(message.state),
        epoch=message.epoch,
        reason=message.reason,
        policy_ids=tuple(message.policy_ids),
        awaits_acknowledgement=message.awaits_acknowledgement,
    )


def directive(message: session_service_pb2.Directive) -> values.Directive:
    """Decode a directive; its outcome only repeats what the state of the gate says."""
    return values.Directive(
        run_id=message.run_id,
        state=gate_state(message.gate_state),
        epoch=message.epoch,
        reason=message.reason,
    )


def run_state(message: run_pb2.RunView) -> values.RunState:
    """Decode a run."""
    run = message.run
    return values.RunState(
        run_id=run.id,
        agent_id=run.agent_id,
        goal=run.goal,
        status=word(
            run.status, activity_run_pb2.RunStatus, RunStatus, otherwise=RunStatus.UNSPECIFIED
        ),
        mode=word(message.mode, run_pb2.RunMode, RunMode, otherwise=RunMode.UNSPECIFIED),
        gate=gate(message.gate),
        completion=word(
            message.completion,
            run_pb2.CompletionState,
            Completion,
            otherwise=Completion.UNSPECIFIED,
        ),
        trace_id=message.trace_id,
        termination_reason=text(run.termination_reason, activity_run_pb2.TerminationReason),
        output=json.loads(message.output_json) if message.output_json else None,
        step_count=run.step_count,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost_micro_usd=run.cost_micro_usd,
        violation_policy_id=run.violation_policy_id,
        create_time=_time(run, "create_time"),
        complete_time=_time(run, "complete_time"),
    )


def halt(message: run_service_pb2.Halt) -> values.Halt:
    """Decode how far a halt has come."""
    return values.Halt(
        run_id=message.run_id,
        gate=gate(message.gate),
        accept_time=_time(message, "accept_time"),
        confirmed=message.confirmed,
        confirm_time=_time(message, "confirm_time"),
        steps_in_flight=message.steps_in_flight,
    )


def capabilities(message: run_service_pb2.GetCapabilitiesResponse) -> values.Capabilities:
    """Decode what the caller may use."""
    return values.Capabilities(
        skills=tuple(_skill(one) for one in message.skills),
        plane_ids=tuple(message.plane_ids),
        policy_ids=tuple(message.policy_ids),
        profile=message.profile,
        accepts_runs=message.accepts_runs,
    )


def simulation(message: run_service_pb2.SimulateResponse) -> values.Simulation:
    """Decode what would happen."""
    decided = message.HasField("start_decision")
    return values.Simulation(
        policy_ids=tuple(message.policy_ids),
        start_decision=decision(message.start_decision) if decided else None,
        estimated_cost_micro_usd=message.estimated_cost_micro_usd,
        refusal=message.refusal,
    )


def _skill(message: run_pb2.Skill) -> values.Skill:
    return values.Skill(
        name=message.name,
        description=message.description,
        arguments_schema=json.loads(message.arguments_schema_json or "{}"),
        kind=word(message.kind, decision_pb2.StepKind, StepKind, otherwise=StepKind.OTHER),
    )


def _time(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    moment: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return moment
