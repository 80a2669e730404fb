"""Begin and end observed runs, with the events and entries that every run leaves."""

from collections.abc import Sequence
from datetime import datetime

from kernel.principal import Actor
from services.activity.domain import otel_run
from services.activity.domain.events import RunChanged, RunCreated, RunEnded, TraceBegun
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import Run
from services.activity.domain.trace import Trace, TraceHead
from services.activity.usecases.ports import UnitOfWork


def announce_beginning(run: Run, trace: Trace, unit_of_work: UnitOfWork, *, actor: Actor) -> None:
    """Tell that a run and its trace have begun."""
    unit_of_work.announce(RunCreated(run=run), actor=actor)
    unit_of_work.announce(TraceBegun(trace=trace), actor=actor)


def announce_states(
    run: Run, states: Sequence[Run], unit_of_work: UnitOfWork, *, actor: Actor
) -> None:
    """Tell each step of a run's way to its end."""
    before = run
    for state in states:
        event = RunEnded(run=state) if state.is_over else RunChanged(run=state, step="FINALIZING")
        unit_of_work.announce(event, actor=actor, before=before)
        before = state


async def end(
    head: TraceHead, root: ObservedSpan, unit_of_work: UnitOfWork, *, actor: Actor, at: datetime
) -> None:
    """End the run of a trace whose root has come, unless others have taken the run over."""
    run = await unit_of_work.runs.hold(head.tenant_id, head.run_id)
    assert run is not None, "a head has a run"
    states = otel_run.endings(
        otel_run.named(run, root), failed=root.failed, ended_at=root.ended_at, at=at
    )
    await write_states(run, states, unit_of_work, actor=actor)


async def write_states(
    run: Run, states: Sequence[Run], unit_of_work: UnitOfWork, *, actor: Actor
) -> None:
    """Keep each step, since the database checks each, and tell it."""
    for state in states:
        await unit_of_work.runs.update(state)
    announce_states(run, states, unit_of_work, actor=actor)
