"""Events as they leave: the same messages that RPCs answer with."""

from typing import Any

from aos.policies.v1 import events_pb2
from servicekit.departures import OutgoingEvent
from services.policies.api.decision_messages import encode as encode_decision
from services.policies.api.decision_messages import from_finding
from services.policies.api.gate_messages import from_gate
from services.policies.api.people_event_messages import encode_people_event
from services.policies.api.policy_messages import from_channel, from_policy
from services.policies.domain.events import (
    BudgetOverrun,
    GateChanged,
    GateOpened,
    LimitBreached,
    LimitNear,
    PeopleEvent,
    PoliciesEvent,
    PolicyActivated,
    PolicyCreated,
    PolicyRetired,
    PolicySuspended,
    PolicyUpdated,
)

_POLICY_EVENTS: dict[type, tuple[str, Any]] = {
    PolicyCreated: ("policy_created", events_pb2.PolicyCreated),
    PolicyUpdated: ("policy_updated", events_pb2.PolicyUpdated),
    PolicyActivated: ("policy_activated", events_pb2.PolicyActivated),
    PolicySuspended: ("policy_suspended", events_pb2.PolicySuspended),
    PolicyRetired: ("policy_retired", events_pb2.PolicyRetired),
}
_GATE_EVENTS: dict[type, tuple[str, Any]] = {
    GateOpened: ("gate_opened", events_pb2.GateOpened),
    GateChanged: ("gate_changed", events_pb2.GateChanged),
}


def encode(event: PoliciesEvent) -> OutgoingEvent:
    """Write an event of policies."""
    if isinstance(event, GateOpened | GateChanged):
        name, gate_message = _GATE_EVENTS[type(event)]
        gate = event.gate
        body = gate_message(gate=from_gate(gate)).SerializeToString()
        return _outgoing(gate.tenant_id, name, gate.run_id, gate.epoch, body)
    if isinstance(event, LimitNear | LimitBreached | BudgetOverrun):
        return _step_event(event)
    if isinstance(event, PeopleEvent):
        return encode_people_event(event)
    name, policy_message = _POLICY_EVENTS[type(event)]
    policy = event.policy
    body = policy_message(policy=from_policy(policy)).SerializeToString()
    return _outgoing(policy.tenant_id, name, policy.id, policy.revision, body)


def _step_event(event: LimitNear | LimitBreached | BudgetOverrun) -> OutgoingEvent:
    if isinstance(event, BudgetOverrun):
        overrun = events_pb2.BudgetOverrun(
            run_id=event.run_id,
            step_id=event.step_id,
            policy_id=event.policy_id,
            limit_name=event.limit_name,
            overage=event.overage,
            synthetic_scenario_id=event.synthetic_scenario_id,
        )
        step = f"{event.run_id}/{event.step_id}"
        return _outgoing(event.tenant_id, "budget_overrun", step, 1, overrun.SerializeToString())
    decision = event.decision
    message = encode_decision(decision).message
    if isinstance(event, LimitNear):
        near = events_pb2.LimitNear(
            decision=message,
            finding=from_finding(event.finding),
            channels=[from_channel(channel) for channel in event.channels],
            synthetic_scenario_id=event.synthetic_scenario_id,
        )
        body, name = near.SerializeToString(), "limit_near"
    else:
        breached = events_pb2.LimitBreached(
            decision=message, synthetic_scenario_id=event.synthetic_scenario_id
        )
        body, name = breached.SerializeToString(), "limit_breached"
    return _outgoing(decision.tenant_id, name, decision.id, event.place, body)


def _outgoing(tenant: str, name: str, aggregate: str, sequence: int, body: bytes) -> OutgoingEvent:
    return OutgoingEvent(
        tenant_id=tenant, event_type=name, aggregate_id=aggregate, sequence=sequence, body=body
    )
