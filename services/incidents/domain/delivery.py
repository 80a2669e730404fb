"""Deliveries: one alert on its way to one destination, tried until it arrives or is given up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.identifiers import AlertId, DeliveryId, DestinationId, TenantId, new_id
from services.incidents.domain.alert import Alert
from services.incidents.domain.destination import Destination
from services.incidents.domain.errors import IllegalDeliveryStep

_LONGEST_WAIT = timedelta(days=1)


class DeliveryState(StrEnum):
    """Where a delivery is."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class AttemptOutcome(StrEnum):
    """How a try ended."""

    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    # Whoever tried ended in the middle of it.
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of sending something."""

    delivered: bool
    # Of HTTP or SMTP; 0 without an answer.
    status_code: int = 0
    error: str = ""
    # Whether the receiver will never take it, however often it is sent.
    is_final: bool = False
    # How long the receiver wants to be left alone.
    retry_after: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, written once."""

    tenant_id: TenantId
    delivery_id: DeliveryId
    number: int
    started_at: datetime
    duration_ms: int
    outcome: AttemptOutcome
    status_code: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """How long to wait after each failed try; when it is used up, a delivery is dead."""

    seconds: tuple[float, ...]

    def wait(self, tries: int, *, chance: float) -> timedelta | None:
        """The wait after so many tries, None when there were enough.

        Anything from none to double: many that failed together do not come back together, and on
        average it stays what the schedule says.
        """
        if tries > len(self.seconds):
            return None
        return timedelta(seconds=self.seconds[tries - 1] * 2 * chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert on its way to one destination."""

    id: DeliveryId
    tenant_id: TenantId
    alert_id: AlertId
    destination_id: DestinationId
    state: DeliveryState
    created_at: datetime
    # When it is tried next; while it is being tried, when somebody else may take it over.
    due_at: datetime
    # Tries in all, and since somebody last asked for it.
    attempts: int = 0
    tries: int = 0
    ended_at: datetime | None = None
    last_error: str = ""
    # How often something about it was announced.
    revision: int = 0

    @classmethod
    def of(cls, alert: Alert, destination: Destination) -> "Delivery":
        """An alert that is to go somewhere, at once."""
        return cls(
            id=DeliveryId(new_id("dlv")),
            tenant_id=alert.tenant_id,
            alert_id=alert.id,
            destination_id=destination.id,
            state=DeliveryState.PENDING,
            created_at=alert.created_at,
            due_at=alert.created_at,
        )

    def concluded(
        self, answer: Answer, schedule: RetrySchedule, *, at: datetime, chance: float
    ) -> "Delivery":
        """After a try: delivered, to be tried again, or dead."""
        if answer.delivered:
            return replace(
                self, state=DeliveryState.DELIVERED, ended_at=at, last_error=answer.error
            )
        wait = None if answer.is_final else schedule.wait(self.tries, chance=chance)
        if wait is None:
            return self._given_up(answer.error, at=at)
        wait = max(wait, min(answer.retry_after, _LONGEST_WAIT))
        return replace(self, due_at=at + wait, last_error=answer.error)

    def _given_up(self, error: str, *, at: datetime) -> "Delivery":
        return replace(
            self,
            state=DeliveryState.DEAD,
            ended_at=at,
            last_error=error,
            revision=self.revision + 1,
        )

    def redelivered(self, *, at: datetime) -> "Delivery":
        """On its way once more, under the same identifier.

        Raises:
            IllegalDeliveryStep: it is on its way already.
        """
        if self.state is DeliveryState.PENDING:
            raise IllegalDeliveryStep.of(self.id, self.state, "deliver it again")
        return replace(
            self,
            state=DeliveryState.PENDING,
            due_at=at,
            tries=0,
            ended_at=None,
            last_error="",
            revision=self.revision + 1,
        )
