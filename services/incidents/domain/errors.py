"""What can be wrong with an incident or with what is done about it."""

from kernel.errors import FailedPrecondition, NotFound


class IncidentNotFound(NotFound):
    """There is no such incident, or none that the asker may know of."""

    reason = "INCIDENT_NOT_FOUND"
    thing = "incident"


class ViolatedRunNotFound(NotFound):
    """The violation names a run that does not exist, or one of another tenant."""

    reason = "VIOLATED_RUN_NOT_FOUND"
    thing = "run"


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
    thing = "alert"


class DestinationNotFound(NotFound):
    """There is no such destination, or none that the asker may know of."""

    reason = "DESTINATION_NOT_FOUND"
    thing = "destination"


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
    thing = "delivery"


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
