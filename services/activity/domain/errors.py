"""What can be wrong with a run or its trace."""

from kernel.errors import FailedPrecondition, NotFound


class RunNotFound(NotFound):
    """There is no such run, or none that the asker may know of."""

    reason = "RUN_NOT_FOUND"
    thing = "run"


class PhaseStatusInvariantError(FailedPrecondition):
    """The status is not one that the phase allows."""

    reason = "PHASE_STATUS_INVARIANT"


class IllegalTransition(FailedPrecondition):
    """No legal step leads from the run's state to the one asked for."""

    reason = "ILLEGAL_TRANSITION"


class TraceNotFound(NotFound):
    """There is no such trace, or none that the asker may know of."""

    reason = "TRACE_NOT_FOUND"

    @classmethod
    def of(cls, identifier: str) -> "TraceNotFound":
        """The same words for every trace that somebody may not know of."""
        return cls(f"There is no trace for {identifier}.", metadata={"id": identifier})


class SignalNotFound(NotFound):
    """There is no such signal, or none that the asker may know of."""

    reason = "SIGNAL_NOT_FOUND"
    thing = "signal"


class StepConflict(FailedPrecondition):
    """The step with this index is already there with other content."""

    reason = "STEP_CONFLICT"


class StepGap(FailedPrecondition):
    """A step before this one is missing."""

    reason = "STEP_GAP"
