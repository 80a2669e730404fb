"""How long whoever executes a run may act without hearing from us."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.identifiers import RunId

# Whoever beats thrice within a permit may miss two beats.
_BEATS = 3
# A holder that is silent for so many permits is believed gone.
_SILENT_PERMITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitTerms:
    """How permits are given in this installation."""

    seconds: float

    @property
    def valid_for(self) -> timedelta:
        """How long one is good for."""
        return timedelta(seconds=self.seconds)

    @property
    def beat_every(self) -> timedelta:
        """How often its holder should ask for the next."""
        return self.valid_for / _BEATS

    @property
    def held_for(self) -> timedelta:
        """After how much silence another session may hold the run."""
        return self.valid_for * _SILENT_PERMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One permit, for one run, until its gate moves."""

    run_id: RunId
    epoch: int
    valid_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What a run is told without having asked."""

    run_id: RunId
    outcome: str
    gate_state: str
    epoch: int
    reason: str


_OUTCOMES = {"OPEN": "CONTINUE", "PAUSED": "PAUSE"}


def directive(run_id: RunId, gate_state: str, epoch: int, reason: str) -> Directive:
    """What a run is told when its gate has moved."""
    outcome = _OUTCOMES.get(gate_state, "TERMINATE")
    return Directive(
        run_id=run_id, outcome=outcome, gate_state=gate_state, epoch=epoch, reason=reason
    )


def confirmed_at(
    changed_at: datetime,
    *,
    epoch: int,
    obeyed_epoch: int,
    obeyed_at: datetime | None,
    terms: PermitTerms,
) -> datetime:
    """When nothing of a halted run can have been under way any more.

    Its holder has said so, or the last permit that was given before has run out.
    """
    runs_out = changed_at + terms.valid_for
    if obeyed_at is not None and obeyed_epoch >= epoch:
        return min(obeyed_at, runs_out)
    return runs_out
