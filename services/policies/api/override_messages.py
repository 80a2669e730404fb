"""Overrides as messages."""

from typing import Any

from aos.policies.v1 import override_pb2
from services.policies.api.policy_messages import from_scope_type
from services.policies.domain.override import Override


def from_override(override: Override) -> override_pb2.Override:
    """Write an override."""
    state: Any = override_pb2.OverrideState.Value(f"OVERRIDE_STATE_{override.state}")
    message = override_pb2.Override(
        id=override.id,
        policy_id=override.policy_id,
        scope_type=from_scope_type(override.scope_type),
        scope_id=override.scope_id,
        reason=override.reason,
        opened_by=override.opened_by,
        state=state,
        ended_by=override.ended_by,
    )
    message.create_time.FromDatetime(override.created_at)
    message.start_time.FromDatetime(override.starts_at)
    message.end_time.FromDatetime(override.ends_at)
    return message
