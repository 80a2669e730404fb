"""What can be wrong with how a run is driven."""

from kernel.errors import Conflict, FailedPrecondition, NotFound


class ContractNotFound(NotFound):
    """The orchestrator drives no such run, or none that the asker may know of."""

    reason = "CONTRACT_NOT_FOUND"
    thing = "run"


class RunIsOver(FailedPrecondition):
    """The run is being completed, or is complete."""

    reason = "RUN_IS_OVER"

    @classmethod
    def of(cls, run_id: str) -> "RunIsOver":
        """Name the run."""
        return cls(
            f"The run {run_id} is over. Nothing of it changes any more; create a new one.",
            metadata={"run_id": run_id},
        )


class SagaNotFound(NotFound):
    """Nobody has asked for the completion of this run."""

    reason = "SAGA_NOT_FOUND"
    thing = "completion of the run"


class SagaNotParked(FailedPrecondition):
    """Only a completion that waits for a person is set going again."""

    reason = "SAGA_NOT_PARKED"


class LeaseLost(Conflict):
    """Somebody else works on it by now, so nothing of what was done here counts."""

    reason = "LEASE_LOST"


class RunHeldElsewhere(FailedPrecondition):
    """Another session executes the run."""

    reason = "RUN_HELD_ELSEWHERE"


class RunNotHeld(FailedPrecondition):
    """The session speaks of a run that it does not hold."""

    reason = "RUN_NOT_HELD"


class StepNotAdmitted(FailedPrecondition):
    """A result came for a step that nobody admitted."""

    reason = "STEP_NOT_ADMITTED"


class SessionOutOfOrder(FailedPrecondition):
    """A session said something before, or again, what it may say only once and first."""

    reason = "SESSION_OUT_OF_ORDER"


class AgentUnknown(NotFound):
    """There is no such agent, or none that the asker may let run."""

    reason = "AGENT_UNKNOWN"
    thing = "agent"


class RunNotHalted(FailedPrecondition):
    """The run was neither stopped nor killed."""

    reason = "RUN_NOT_HALTED"

    @classmethod
    def of(cls, run_id: str) -> "RunNotHalted":
        """Name the run."""
        return cls(f"The run {run_id} was neither stopped nor killed.", metadata={"run_id": run_id})
