"""Policies as messages, and messages as what they say."""

from typing import Any

from aos.policies.v1 import policy_pb2, policy_service_pb2
from services.policies.domain.action import Action
from services.policies.domain.policy import Policy, PolicyState
from services.policies.domain.policy_body import (
    DEFAULT_TIERS,
    AlertTier,
    BindAt,
    BreachAction,
    Channel,
    ContentRule,
    Detector,
    FailureMode,
    Inspection,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    MonitorConfig,
    PolicyBody,
    Precedence,
    Scope,
    ScopeType,
)
from services.policies.usecases.ports import PolicyVersion

_FLAGS = tuple(Inspection.__slots__)


def to_body(message: policy_pb2.PolicyBody) -> PolicyBody:
    """Read what somebody wants a policy to say."""
    return PolicyBody(
        name=message.name,
        description=message.description,
        scope=Scope(type=to_scope_type(message.scope.type), ids=tuple(message.scope.ids)),
        monitors=_to_monitors(message.monitors),
        limits=tuple(_to_limit(limit) for limit in message.limits),
        content_rules=tuple(
            ContentRule(
                name=rule.name,
                detector=Detector(_named(policy_pb2.Detector, "DETECTOR", rule.detector)),
                terms=tuple(rule.terms),
            )
            for rule in message.content_rules
        ),
        on_breach=BreachAction(
            action=Action(message.on_breach.action), requires_ack=message.on_breach.requires_ack
        ),
        alert_tiers=tuple(_to_tier(tier) for tier in message.alert_tiers) or DEFAULT_TIERS,
        precedence=_to_precedence(message.precedence),
    )


def from_body(body: PolicyBody) -> policy_pb2.PolicyBody:
    """Write what a policy says."""
    monitors, precedence = body.monitors, body.precedence
    return policy_pb2.PolicyBody(
        name=body.name,
        description=body.description,
        scope=policy_pb2.Scope(type=from_scope_type(body.scope.type), ids=body.scope.ids),
        monitors=policy_pb2.MonitorConfig(
            watched=[_number(policy_pb2.Monitor, "MONITOR", item) for item in monitors.watched],
            allowed_plane_ids=monitors.allowed_plane_ids,
            inspection=from_inspection(monitors.inspection),
        ),
        limits=[_from_limit(limit) for limit in body.limits],
        content_rules=[
            policy_pb2.ContentRule(
                name=rule.name,
                detector=_number(policy_pb2.Detector, "DETECTOR", rule.detector),
                terms=rule.terms,
            )
            for rule in body.content_rules
        ],
        on_breach=policy_pb2.BreachAction(
            action=_action(body.on_breach.action), requires_ack=body.on_breach.requires_ack
        ),
        alert_tiers=[
            policy_pb2.AlertTier(
                percent=tier.percent, channels=[from_channel(channel) for channel in tier.channels]
            )
            for tier in body.alert_tiers
        ],
        precedence=policy_pb2.Precedence(
            order=precedence.order,
            bind_at=_number(policy_pb2.BindAt, "BIND_AT", precedence.bind_at),
            failure_mode=from_failure_mode(precedence.failure_mode),
        ),
    )


def from_policy(policy: Policy) -> policy_pb2.Policy:
    """Write a policy."""
    message = policy_pb2.Policy(
        id=policy.id,
        tenant_id=policy.tenant_id,
        body=from_body(policy.body),
        state=_number(policy_pb2.PolicyState, "POLICY_STATE", policy.state),
        version=policy.version,
        source=_number(policy_pb2.PolicySource, "POLICY_SOURCE", policy.source),
        etag=str(policy.revision),
        created_by=policy.created_by,
        retire_reason=policy.retire_reason,
        content_hash=policy.content_hash,
        origin_id=policy.origin_id,
    )
    message.create_time.FromDatetime(policy.created_at)
    message.update_time.FromDatetime(policy.updated_at)
    return message


def from_version(version: PolicyVersion) -> policy_service_pb2.PolicyVersion:
    """Write what a policy said at one time."""
    message = policy_service_pb2.PolicyVersion(
        version=version.version,
        body=from_body(version.body),
        content_hash=version.content_hash,
        created_by=version.created_by,
    )
    message.create_time.FromDatetime(version.created_at)
    return message


def from_scope_type(kind: ScopeType) -> Any:
    """Write a kind of runs."""
    return _number(policy_pb2.ScopeType, "SCOPE_TYPE", kind)


def to_state(number: int) -> PolicyState | None:
    """Read a state; None when none is named."""
    name = _named(policy_pb2.PolicyState, "POLICY_STATE", number)
    return PolicyState(name) if number else None


def from_inspection(inspection: Inspection) -> policy_pb2.Inspection:
    """Write what may be kept."""
    return policy_pb2.Inspection(**{name: getattr(inspection, name) for name in _FLAGS})


def from_failure_mode(mode: FailureMode) -> Any:
    """Write what counts when a policy cannot be evaluated."""
    return _number(policy_pb2.FailureMode, "FAILURE_MODE", mode)


def from_channel(channel: Channel) -> Any:
    """Write how people are told."""
    return _number(policy_pb2.Channel, "CHANNEL", channel)


def _action(action: Action) -> Any:
    # The numbers of the contract are the order of harshness, as are those of the domain.
    return int(action)


def to_scope_type(number: int) -> ScopeType:
    """Read a kind of runs."""
    return ScopeType(_named(policy_pb2.ScopeType, "SCOPE_TYPE", number))


def _to_monitors(message: policy_pb2.MonitorConfig) -> MonitorConfig:
    return MonitorConfig(
        watched=tuple(
            sorted(Monitor(_named(policy_pb2.Monitor, "MONITOR", item)) for item in message.watched)
        ),
        allowed_plane_ids=tuple(sorted(message.allowed_plane_ids)),
        inspection=Inspection(**{name: getattr(message.inspection, name) for name in _FLAGS}),
    )


def _to_limit(message: policy_pb2.Limit) -> Limit:
    return Limit(
        name=message.name,
        type=LimitType(_named(policy_pb2.LimitType, "LIMIT_TYPE", message.type)),
        maximum=message.maximum,
        window=LimitWindow(_named(policy_pb2.LimitWindow, "LIMIT_WINDOW", message.window)),
        window_seconds=message.window_seconds,
    )


def _from_limit(limit: Limit) -> policy_pb2.Limit:
    return policy_pb2.Limit(
        name=limit.name,
        type=_number(policy_pb2.LimitType, "LIMIT_TYPE", limit.type),
        maximum=limit.maximum,
        window=_number(policy_pb2.LimitWindow, "LIMIT_WINDOW", limit.window),
        window_seconds=limit.window_seconds,
    )


def _to_tier(message: policy_pb2.AlertTier) -> AlertTier:
    channels = tuple(
        Channel(_named(policy_pb2.Channel, "CHANNEL", item)) for item in message.channels
    )
    return AlertTier(percent=message.percent, channels=channels or (Channel.UI,))


def _to_precedence(message: policy_pb2.Precedence) -> Precedence:
    bind_at = message.bind_at or policy_pb2.BIND_AT_EACH_STEP
    mode = message.failure_mode or policy_pb2.FAILURE_MODE_FAIL_CLOSED
    return Precedence(
        order=message.order,
        bind_at=BindAt(_named(policy_pb2.BindAt, "BIND_AT", bind_at)),
        failure_mode=FailureMode(_named(policy_pb2.FailureMode, "FAILURE_MODE", mode)),
    )


def _named(enum: Any, prefix: str, number: int) -> str:
    return str(enum.Name(number)).removeprefix(f"{prefix}_")


def _number(enum: Any, prefix: str, name: str) -> Any:
    return enum.Value(f"{prefix}_{name}")
