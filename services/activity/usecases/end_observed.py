"""End an observed run, with the event and entry that every end leaves."""

from collections.abc import Sequence

from kernel.principal import Actor
from services.activity.domain.events import RunEnded
from services.activity.domain.run import Run
from services.activity.usecases.ports import UnitOfWork


async def end_observed(
    run: Run, states: Sequence[Run], unit_of_work: UnitOfWork, *, actor: Actor
) -> None:
    """Keep each of the states, since the database checks each step, and tell the last."""
    for state in states:
        await unit_of_work.runs.update(state)
    if states:
        unit_of_work.announce(RunEnded(run=states[-1]), actor=actor, before=run)
