"""Reacts to ourselves: a completion waits for a person, who has to be told."""

from collections.abc import Awaitable, Callable

from aos.orchestrator.v1 import events_pb2
from kernel.identifiers import RunId, TenantId
from servicekit.events import Event
from services.orchestrator.usecases.desks import IncidentsDesk, Subject
from services.orchestrator.usecases.ports import UnitOfWork

CONSUMER = "orchestrator-on-completion-parked"
Handle = Callable[[Event, UnitOfWork], Awaitable[None]]


def on_completion_parked(incidents: IncidentsDesk) -> Handle:
    """What to do when a completion waits for a person."""

    async def handle(event: Event, _unit_of_work: UnitOfWork) -> None:
        saga = events_pb2.CompletionParked.FromString(event.body).saga
        # An incident makes an alert; one more for each time that it parks would tell nobody more.
        await incidents.report(
            Subject(
                tenant_id=TenantId(event.tenant_id),
                run_id=RunId(saga.run_id),
                key=f"{saga.id}/parked/{saga.replays}",
            ),
            trigger="PARKED_SAGA",
            category="LIVENESS",
            detail=f"the completion of the run is stuck: {saga.last_error}",
            scenario=saga.synthetic_scenario_id,
        )

    return handle
