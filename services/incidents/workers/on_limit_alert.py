"""Reacts to policies: a limit came near or was passed, and people are to know."""

from typing import Any

from aos.policies.v1 import decision_pb2, events_pb2, policy_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId
from kernel.principal import Actor, ActorType
from servicekit.events import Event
from services.incidents.domain.alert import AlertChannel
from services.incidents.domain.alert_sources import (
    LimitReport,
    breach_alert,
    near_threshold_alert,
)
from services.incidents.usecases.alert_ports import AlertUnitOfWork
from services.incidents.usecases.raise_alert import raise_alert

NEAR, BREACHED = "incidents-alert-on-limit-near", "incidents-alert-on-limit-breached"
_POLICIES = Actor(type=ActorType.SERVICE, id="service:policies")


async def on_limit_near_alert(event: Event, unit_of_work: AlertUnitOfWork) -> None:
    """Let people know of a tier."""
    told = events_pb2.LimitNear.FromString(event.body)
    channels = tuple(
        AlertChannel(policy_pb2.Channel.Name(channel).removeprefix("CHANNEL_"))
        for channel in told.channels
    )
    report = _report(
        event,
        told.decision,
        told.finding,
        channels=channels,
        synthetic_scenario_id=told.synthetic_scenario_id,
    )
    await raise_alert(near_threshold_alert(report), actor=_POLICIES, unit_of_work=unit_of_work)


async def on_limit_breached_alert(event: Event, unit_of_work: AlertUnitOfWork) -> None:
    """Let people know of what decided."""
    told = events_pb2.LimitBreached.FromString(event.body)
    report = _report(
        event,
        told.decision,
        told.decision.winner,
        synthetic_scenario_id=told.synthetic_scenario_id,
    )
    await raise_alert(breach_alert(report), actor=_POLICIES, unit_of_work=unit_of_work)


def _report(
    event: Event, decision: decision_pb2.Decision, finding: decision_pb2.Finding, **more: Any
) -> LimitReport:
    return LimitReport(
        tenant_id=TenantId(event.tenant_id),
        decision_id=decision.decision_id,
        run_id=decision.run_id,
        policy_id=finding.policy_id,
        limit_name=finding.limit_name,
        value=finding.value,
        threshold=finding.threshold,
        tier=finding.tier,
        action=policy_pb2.Action.Name(decision.action).removeprefix("ACTION_"),
        detail=finding.detail,
        occurred_at=event.time,
        at=utc_now(),
        **more,
    )
