"""Times as messages hold them."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(message: Any, field: str) -> datetime | None:
    """The time in a field; None when it is not set."""
    return required_moment(message, field) if message.HasField(field) else None


def required_moment(message: Any, field: str) -> datetime:
    """The time in a field that is always set."""
    found = getattr(message, field)
    # Three times as fast as ToDatetime, which checks the range that the validation has checked.
    return _EPOCH + timedelta(seconds=found.seconds, microseconds=found.nanos // 1000)
