"""The audit of a run that is over: what must have been acknowledged, and what if it was not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.orchestrator.domain.run_contract import Expectation, RunContract, missing


class AuditState(StrEnum):
    """How far the audit of a run is."""

    # Nobody knows yet whether everything will be acknowledged.
    OPEN = "OPEN"
    # Something is missing; kept before anybody is told, so that nobody is told in vain.
    FOUND = "FOUND"
    # Everybody was told.
    TOLD = "TOLD"
    # Everything is acknowledged.
    SOUND = "SOUND"
    # What the run refers to was looked for, and whatever was not there was told.
    AUDITED = "AUDITED"


UNRECONCILED = (AuditState.OPEN, AuditState.FOUND, AuditState.TOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRun:
    """A run whose audit is due."""

    contract: RunContract
    state: AuditState
    acknowledged: frozenset[Expectation]
    # When its completion was begun, by the clock of the database; None if nobody has begun it.
    begun_at: datetime | None
    # Whether a session or a worker executes it at this moment.
    is_executed: bool

    @property
    def absent(self) -> tuple[Expectation, ...]:
        """The acknowledgements that are missing."""
        return missing(self.acknowledged)

    @property
    def is_sound(self) -> bool:
        """Whether its completion is finished and everything was acknowledged."""
        return self.contract.closed_at is not None and not self.absent

    def with_more(self, expectations: Iterable[Expectation]) -> "DueRun":
        """The run with acknowledgements that came later."""
        return replace(self, acknowledged=self.acknowledged | frozenset(expectations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the audit of a run is now, and when it is due again."""

    due: DueRun
    # None leaves it where it is, which may be further than it was when it was read.
    state: AuditState | None
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a list was looked through, from its newest item backwards."""

    # Everything older was looked at.
    reached_at: datetime
    # Of a round that did not come to its end: where it goes on, and when it began.
    page_token: str = ""
    begun_at: datetime | None = None


def is_gap(due: DueRun, ended_at: datetime | None, *, now: datetime, after: timedelta) -> bool:
    """Whether something is missing that should be there by now.

    A finished completion has nothing to wait for; one that is not finished gets some time from its
    beginning, and from the moment at which activity, whose clock may be another, ended the run.
    """
    if due.is_sound:
        return False
    if due.contract.closed_at is not None:
        return True
    is_young = due.begun_at is not None and due.begun_at > now - after
    return not is_young and ended_at is not None and ended_at <= now - after
