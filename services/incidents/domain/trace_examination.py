"""A sealed trace that waits for the detector, and what became of it."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.identifiers import TenantId, TraceId
from services.incidents.domain.trace_material import Gathered

# Who examines: findings of others about the same output come of those who had it at hand.
SERVICE = "incidents"
ITSELF = f"service:{SERVICE}"
# What is tried this often in vain is not tried again by itself.
MOST_TRIES = 6
_LONGEST_WAIT_SECONDS = 60
_LONGEST_ERROR = 500
# The name that stands for an output whenever it is examined.
_NAMES = uuid.UUID("0d5b9d0e-8b0d-4c5e-9a3f-6f0c9c6a2b41")


class ExaminationState(StrEnum):
    """What became of a trace."""

    WAITING = "WAITING"
    EXAMINED = "EXAMINED"
    # Nothing was said, or nothing of it may be kept.
    NOTHING_KEPT = "NOTHING_KEPT"
    GIVEN_UP = "GIVEN_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceExamination:
    """A sealed trace on its way through the detector."""

    tenant_id: TenantId
    trace_id: TraceId
    run_id: str
    synthetic_scenario_id: str
    due_at: datetime
    created_at: datetime
    state: ExaminationState = ExaminationState.WAITING
    # How often somebody took it on, and how often in vain by its own fault.
    attempts: int = 0
    tries: int = 0
    outputs: int = 0
    outputs_left_out: int = 0
    documents_left_out: int = 0
    last_error: str = ""
    ended_at: datetime | None = None

    @property
    def is_lost(self) -> bool:
        """Whether it brought down whoever took it on, more often than it may."""
        return self.tries > MOST_TRIES

    def counted(self, gathered: Gathered) -> "TraceExamination":
        """With how much of it there is to examine."""
        return replace(
            self,
            outputs=len(gathered.materials),
            outputs_left_out=gathered.outputs_left_out,
            documents_left_out=gathered.documents_left_out,
        )

    def ended(self, state: ExaminationState, *, at: datetime) -> "TraceExamination":
        """Over, one way or the other."""
        return replace(self, state=state, last_error="", ended_at=at)

    def postponed(self, error: str, *, at: datetime) -> "TraceExamination":
        """Later, for as long as it takes: others were away, which is no fault of its own."""
        waiting = self._waiting(error, self.attempts, at)
        return replace(waiting, tries=self.tries - 1)

    def failed(self, error: str, *, at: datetime) -> "TraceExamination":
        """Later once more, or never: it could not be examined."""
        if self.tries < MOST_TRIES:
            return self._waiting(error, self.tries, at)
        ended = self.ended(ExaminationState.GIVEN_UP, at=at)
        return replace(ended, last_error=error[:_LONGEST_ERROR])

    def _waiting(self, error: str, times: int, at: datetime) -> "TraceExamination":
        seconds = min(2 ** min(times, MOST_TRIES), _LONGEST_WAIT_SECONDS)
        due_at = at + timedelta(seconds=seconds)
        return replace(self, due_at=due_at, last_error=error[:_LONGEST_ERROR])


def name_of_output(trace_id: TraceId, step_index: int) -> str:
    """The request id of an output's examination: repeated, it finds what it found before."""
    return str(uuid.uuid5(_NAMES, f"{trace_id}/{step_index}"))
