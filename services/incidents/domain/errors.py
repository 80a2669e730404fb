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


class AlertNotFound(NotFound):
    """There is no such alert, or none that the asker may know of."""

    reason = "ALERT_NOT_FOUND"

    @classmethod
    def of(cls, alert_id: str) -> "AlertNotFound":
        """The same words for every alert that somebody may not know of."""
        return cls(f"There is no alert {alert_id}.", metadata={"alert_id": alert_id})


class DestinationNotFound(NotFound):
    """There is no such destination, or none that the asker may know of."""

    reason = "DESTINATION_NOT_FOUND"

    @classmethod
    def of(cls, destination_id: str) -> "DestinationNotFound":
        """The same words for every destination that somebody may not know of."""
        return cls(
            f"There is no destination {destination_id}.",
            metadata={"destination_id": destination_id},
        )


class IllegalDestinationStep(FailedPrecondition):
    """The destination is of a kind with which that cannot be done."""

    reason = "ILLEGAL_DESTINATION_STEP"

    @classmethod
    def of(cls, destination_id: str, channel: str, step: str) -> "IllegalDestinationStep":
        """Name the step and what forbids it."""
        return cls(
            f"The destination {destination_id} is of the kind {channel}, so it cannot {step}.",
            metadata={"destination_id": destination_id, "channel": channel},
        )


class DeliveryNotFound(NotFound):
    """There is no such delivery, or none that the asker may know of."""

    reason = "DELIVERY_NOT_FOUND"

    @classmethod
    def of(cls, delivery_id: str) -> "DeliveryNotFound":
        """The same words for every delivery that somebody may not know of."""
        return cls(f"There is no delivery {delivery_id}.", metadata={"delivery_id": delivery_id})


class IllegalDeliveryStep(FailedPrecondition):
    """The delivery's state does not lead there."""

    reason = "ILLEGAL_DELIVERY_STEP"

    @classmethod
    def of(cls, delivery_id: str, state: str, step: str) -> "IllegalDeliveryStep":
        """Name the step and what forbids it."""
        return cls(
            f"The delivery {delivery_id} is {state}, so one cannot {step}. Read it again.",
            metadata={"delivery_id": delivery_id, "state": state},
        )


class MailNotConfigured(FailedPrecondition):
    """Nobody has told this installation how to send e-mail."""

    reason = "MAIL_NOT_CONFIGURED"
