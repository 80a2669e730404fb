"""What can be wrong with a run."""

from kernel.errors import FailedPrecondition, NotFound


class RunNotFound(NotFound):
    """There is no such run, or none that the asker may know of."""

    reason = "RUN_NOT_FOUND"


class PhaseStatusInvariantError(FailedPrecondition):
    """The status is not one that the phase allows."""

    reason = "PHASE_STATUS_INVARIANT"
