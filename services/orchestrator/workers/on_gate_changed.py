"""Reacts to policies: the gate of a run has moved, and the run moves with it.

Enforcement does not wait for this: once a gate has moved, no step is admitted. This is what makes
the rest of the plane follow.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from aos.policies.v1 import events_pb2
from kernel.identifiers import RunId, TenantId
from kernel.principal import Actor, ActorType
from servicekit.events import Event
from services.orchestrator.domain.errors import ContractNotFound
from services.orchestrator.domain.kinds import Cause, Wish
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.ports import UnitOfWork
from services.orchestrator.usecases.session_ports import GateNow

CONSUMER = "orchestrator-on-gate-changed"
_ITSELF = Actor(type=ActorType.SERVICE, id="service:orchestrator")
Look = Callable[[TenantId, Sequence[RunId]], Awaitable[Mapping[RunId, GateNow]]]
Handle = Callable[[Event, UnitOfWork], Awaitable[None]]


class Phases(Protocol):
    """Activity, which shows whether a run waits."""

    async def pause(self, tenant_id: TenantId, run_id: str, key: str) -> None:
        """Show that the run waits, unless it is over."""
        ...

    async def resume(self, tenant_id: TenantId, run_id: str, key: str) -> None:
        """Show that the run goes on, unless it is over."""
        ...


def on_gate_changed(*, phases: Phases, look: Look, grace: timedelta) -> Handle:
    """What to do when a gate has moved.

    How it stands is asked and not taken from the event, which may come late, twice, or before an
    earlier one.
    """

    async def handle(event: Event, unit_of_work: UnitOfWork) -> None:
        tenant_id = TenantId(event.tenant_id)
        run_id = RunId(events_pb2.GateChanged.FromString(event.body).gate.run_id)
        gate = (await look(tenant_id, [run_id])).get(run_id)
        state = "" if gate is None else gate.state
        if state != "PAUSED":
            # A managed run that waited for this is taken again: to go on, or to be ended.
            await unit_of_work.queue.wake(tenant_id, run_id)
        if state == "PAUSED":
            await phases.pause(tenant_id, run_id, event.event_id)
        elif state == "OPEN":
            await phases.resume(tenant_id, run_id, event.event_id)
        elif state in ("STOPPED", "KILLED"):
            waiting = grace if state == "STOPPED" else timedelta()
            await _complete(tenant_id, run_id, waiting, unit_of_work)

    return handle


async def _complete(
    tenant_id: TenantId, run_id: RunId, grace: timedelta, unit_of_work: UnitOfWork
) -> None:
    command = BeginCompletion(
        tenant_id=tenant_id,
        project_id=None,
        run_id=run_id,
        wish=Wish.FAILED,
        cause=Cause.GATE,
        actor=_ITSELF,
        grace=grace,
    )
    try:
        await begin_completion(command, unit_of_work=unit_of_work)
    except ContractNotFound:
        # A gate that somebody opened past the orchestrator is nobody's run here.
        return
