"""Events as they leave: the same messages that RPCs answer with."""

from aos.activity.v1 import events_pb2
from servicekit.unit_of_work import OutgoingEvent
from services.activity.api.run_messages import from_run
from services.activity.domain.events import ActivityEvent


def encode(event: ActivityEvent) -> OutgoingEvent:
    """Write an event of activity."""
    return OutgoingEvent(
        tenant_id=event.run.tenant_id,
        event_type="run_created",
        aggregate_id=event.run.id,
        sequence=event.run.revision,
        body=events_pb2.RunCreated(run=from_run(event.run)).SerializeToString(),
    )
