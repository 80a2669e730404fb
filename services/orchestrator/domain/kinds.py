"""The words that runs are driven by."""

from enum import StrEnum


class RunMode(StrEnum):
    """Who executes a run."""

    MANAGED = "MANAGED"
    EXTERNAL = "EXTERNAL"


class Wish(StrEnum):
    """How a run is to end, as far as whoever ends it may say."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"


class Cause(StrEnum):
    """Why a run is completed."""

    # Whoever executed it said so.
    AGENT = "AGENT"
    WORKER = "WORKER"
    PERSON = "PERSON"
    # A decision, or a person, halted it.
    GATE = "GATE"
    # It fell silent, or was never begun.
    STALE = "STALE"
    ORPHANED = "ORPHANED"


class SagaState(StrEnum):
    """Where the completion of a run stands."""

    RUNNING = "RUNNING"
    COMPENSATING = "COMPENSATING"
    PARKED = "PARKED"
    FINISHED = "FINISHED"

    @property
    def is_under_way(self) -> bool:
        """Whether somebody has to work on it."""
        return self in (SagaState.RUNNING, SagaState.COMPENSATING)
