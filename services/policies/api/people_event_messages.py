"""Events of people's decisions as they leave."""

from collections.abc import Callable
from typing import Any

from aos.policies.v1 import events_pb2
from servicekit.departures import OutgoingEvent
from services.policies.api.enforcement_messages import from_suppression
from services.policies.api.governance_messages import from_switch
from services.policies.api.lesson_messages import from_lesson
from services.policies.api.override_messages import from_override
from services.policies.api.proposal_messages import from_proposal
from services.policies.api.rollout_messages import from_rollout
from services.policies.domain.events import (
    GovernanceChanged,
    LessonConverted,
    LessonEvent,
    LessonRecorded,
    OverrideEnded,
    OverrideEvent,
    OverrideExpired,
    OverrideOpened,
    PeopleEvent,
    ProposalApproved,
    ProposalCreated,
    ProposalEvent,
    ProposalRejected,
    ReviewSettingsChanged,
    RolloutChanged,
    SuppressionDecided,
)


def encode_people_event(event: PeopleEvent) -> OutgoingEvent:
    """Write an event of a decision of people."""
    return _ENCODERS[type(event)](event)


def _governance_changed(event: GovernanceChanged) -> OutgoingEvent:
    switch = event.governance
    body = events_pb2.GovernanceChanged(switch=from_switch(switch))
    return _outgoing("governance_changed", switch.tenant_id, switch.id, switch.epoch, body)


_OVERRIDE_EVENTS: dict[type, tuple[str, Any]] = {
    OverrideOpened: ("override_opened", events_pb2.OverrideOpened),
    OverrideEnded: ("override_ended", events_pb2.OverrideEnded),
    OverrideExpired: ("override_expired", events_pb2.OverrideExpired),
}


def _override_event(event: OverrideEvent) -> OutgoingEvent:
    name, message = _OVERRIDE_EVENTS[type(event)]
    override = event.override
    body = message(override=from_override(override))
    return _outgoing(name, override.tenant_id, override.id, override.revision, body)


_PROPOSAL_EVENTS: dict[type, tuple[str, Any]] = {
    ProposalCreated: ("proposal_created", events_pb2.ProposalCreated),
    ProposalApproved: ("proposal_approved", events_pb2.ProposalApproved),
    ProposalRejected: ("proposal_rejected", events_pb2.ProposalRejected),
}
_LESSON_EVENTS: dict[type, tuple[str, Any]] = {
    LessonRecorded: ("lesson_recorded", events_pb2.LessonRecorded),
    LessonConverted: ("lesson_converted", events_pb2.LessonConverted),
}


def _proposal_event(event: ProposalEvent) -> OutgoingEvent:
    name, message = _PROPOSAL_EVENTS[type(event)]
    proposal = event.proposal
    body = message(proposal=from_proposal(proposal))
    return _outgoing(name, proposal.tenant_id, proposal.id, proposal.revision, body)


def _lesson_event(event: LessonEvent) -> OutgoingEvent:
    name, message = _LESSON_EVENTS[type(event)]
    lesson = event.lesson
    body = message(lesson=from_lesson(lesson))
    return _outgoing(name, lesson.tenant_id, lesson.id, lesson.revision, body)


def _suppression_decided(event: SuppressionDecided) -> OutgoingEvent:
    decided = event.suppression
    body = events_pb2.SuppressionDecided(suppression=from_suppression(decided))
    return _outgoing("suppression_decided", decided.tenant_id, decided.id, 1, body)


def _settings_changed(event: ReviewSettingsChanged) -> OutgoingEvent:
    settings = event.settings
    body = events_pb2.ProposalSettingsUpdated(allow_self_approval=settings.allow_self_approval)
    # The switch of the tenant counts under the tenant's own name.
    aggregate = f"{settings.tenant_id}/review"
    return _outgoing(
        "proposal_settings_updated", settings.tenant_id, aggregate, settings.revision, body
    )


def _outgoing(name: str, tenant: str, aggregate: str, sequence: int, message: Any) -> OutgoingEvent:
    return OutgoingEvent(
        tenant_id=tenant,
        event_type=name,
        aggregate_id=aggregate,
        sequence=sequence,
        body=message.SerializeToString(),
    )


def _rollout_changed(event: RolloutChanged) -> OutgoingEvent:
    rollout = event.rollout
    body = events_pb2.RolloutChanged(rollout=from_rollout(rollout))
    return _outgoing("rollout_changed", rollout.tenant_id, rollout.id, rollout.revision, body)


_ENCODERS: dict[type, Callable[[Any], OutgoingEvent]] = {
    GovernanceChanged: _governance_changed,
    **dict.fromkeys(_OVERRIDE_EVENTS, _override_event),
    **dict.fromkeys(_PROPOSAL_EVENTS, _proposal_event),
    **dict.fromkeys(_LESSON_EVENTS, _lesson_event),
    SuppressionDecided: _suppression_decided,
    ReviewSettingsChanged: _settings_changed,
    RolloutChanged: _rollout_changed,
}
