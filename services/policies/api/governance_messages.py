"""The governance switch as messages."""

from typing import Any

from aos.policies.v1 import governance_pb2
from services.policies.domain.governance import (
    GovernanceChange,
    GovernanceState,
    GovernanceSwitch,
)


def from_state(state: GovernanceState) -> Any:
    """Write where a switch stands."""
    return governance_pb2.GovernanceState.Value(f"GOVERNANCE_STATE_{state.name}")


def from_switch(switch: GovernanceSwitch) -> governance_pb2.GovernanceSwitch:
    """Write a switch as it was moved."""
    message = governance_pb2.GovernanceSwitch(
        state=from_state(switch.state),
        epoch=switch.epoch,
        reason=switch.reason,
        changed_by=switch.changed_by,
    )
    _write_moments(message, switch)
    return message


def from_change(change: GovernanceChange) -> governance_pb2.GovernanceChange:
    """Write a move of a switch."""
    after = change.after
    message = governance_pb2.GovernanceChange(
        epoch=after.epoch,
        previous_state=from_state(change.before),
        state=from_state(after.state),
        reason=after.reason,
        changed_by=after.changed_by,
    )
    _write_moments(message, after)
    return message


def _write_moments(message: Any, switch: GovernanceSwitch) -> None:
    if switch.changed_at is not None:
        message.change_time.FromDatetime(switch.changed_at)
    if switch.expires_at is not None:
        message.expire_time.FromDatetime(switch.expires_at)
