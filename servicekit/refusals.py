"""Why one item of a call of many was refused, as the contracts say it."""

from aos.errors.v1 import refusal_pb2
from kernel.errors import (
    Conflict,
    DeadlineTooShort,
    InternalError,
    Overloaded,
    ServiceError,
    Unavailable,
)
from servicekit.telemetry.logging import get_logger

_log = get_logger("refusals")
_PASSING = (Unavailable, Conflict, Overloaded, DeadlineTooShort)


def refusal_of(error: BaseException) -> refusal_pb2.Refusal:
    """Write an error for the one item that it is about; details of a fault of ours stay here."""
    if not isinstance(error, ServiceError):
        _log.error("an item of a call failed", exc_info=error)
        error = InternalError("Something went wrong on our side. It is in our log.")
    return refusal_pb2.Refusal(
        reason=error.reason,
        message=error.message,
        field=error.violations[0].field if error.violations else "",
        retryable=may_pass(error),
    )


def may_pass(error: ServiceError) -> bool:
    """Whether the same thing may go through later, without anybody changing anything."""
    return isinstance(error, _PASSING)
