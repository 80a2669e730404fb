"""What can be wrong with an incident or with what is done about it."""

from kernel.errors import FailedPrecondition, NotFound


class IncidentNotFound(NotFound):
    """There is no such incident, or none that the asker may know of."""

    reason = "INCIDENT_NOT_FOUND"

    @classmethod
    def of(cls, incident_id: str) -> "IncidentNotFound":
        """The same words for every incident that somebody may not know of."""
        return cls(f"There is no incident {incident_id}.", metadata={"incident_id": incident_id})


class ViolatedRunNotFound(NotFound):
    """The violation names a run that does not exist, or one of another tenant."""

    reason = "VIOLATED_RUN_NOT_FOUND"

    @classmethod
    def of(cls, run_id: str) -> "ViolatedRunNotFound":
        """The same words for every run that somebody may not know of."""
        return cls(f"There is no run {run_id}.", metadata={"run_id": run_id})


class IllegalIncidentStep(FailedPrecondition):
    """The incident's status does not lead there."""

    reason = "ILLEGAL_INCIDENT_STEP"

    @classmethod
    def of(cls, incident_id: str, status: str, step: str) -> "IllegalIncidentStep":
        """Name the step and what forbids it."""
        return cls(
            f"The incident {incident_id} is {status}, so one cannot {step} it. Read it again.",
            metadata={"incident_id": incident_id, "status": status},
        )
