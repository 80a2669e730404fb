"""Times as messages hold them."""

from datetime import UTC, datetime
from typing import Any


def moment(message: Any, field: str) -> datetime | None:
    """The time in a field; None when it is not set."""
    return required_moment(message, field) if message.HasField(field) else None


def required_moment(message: Any, field: str) -> datetime:
    """The time in a field that is always set."""
    found: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return found
