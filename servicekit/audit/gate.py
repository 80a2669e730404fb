"""Whether changes may be made: only while their audit reaches the ledger in time."""

from datetime import timedelta
from typing import Protocol

from kernel.errors import AuditUnavailable
from servicekit.heartbeat import Heartbeat

# How long an entry may wait for logs before nothing more is done. Long enough to restart logs
# without anybody noticing, short enough that little is done whose audit is only in our own hands.
MAXIMUM_LAG_SECONDS = 30.0
# Without an observation for this long nobody knows, which counts as no.
MAXIMUM_SILENCE_SECONDS = 10.0
_RETRY_AFTER = timedelta(seconds=2)


class Gate(Protocol):
    """What a mutation asks before it begins."""

    def require_open(self) -> None:
        """Refuse while changes could not be audited."""
        ...


class AuditGate:
    """Holds what the courier last observed."""

    def __init__(self) -> None:
        self._observed = Heartbeat()
        self._lag_seconds = 0.0

    def observe(self, lag_seconds: float) -> None:
        """Note the age of the oldest entry that logs has not acknowledged."""
        self._lag_seconds = lag_seconds
        self._observed.beat()

    def problem(self) -> str | None:
        """Why no change may be made; None while they may."""
        if self._observed.age > MAXIMUM_SILENCE_SECONDS:
            return "Nobody has looked after the ledger for 10 seconds. Restart the service."
        if self._lag_seconds > MAXIMUM_LAG_SECONDS:
            return (
                f"The ledger has not taken an entry for {self._lag_seconds:.0f} seconds. "
                "Look at the logs service."
            )
        return None

    def require_open(self) -> None:
        """Refuse while changes could not be audited.

        Raises:
            AuditUnavailable: nothing was done; the same request may succeed later.
        """
        problem = self.problem()
        if problem is not None:
            raise AuditUnavailable(
                f"Nothing is changed while it cannot be audited. {problem}",
                retry_after=_RETRY_AFTER,
            )
