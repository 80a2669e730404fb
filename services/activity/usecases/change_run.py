"""Move runs through their lives."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.activity.domain.errors import RunNotFound
from services.activity.domain.events import RunChanged, RunEnded
from services.activity.domain.run import Run
from services.activity.usecases.ports import PolicyContext, UnitOfWork

Step = Callable[[Run, datetime], Run]


async def move_run(
    run_id: RunId,
    name: str,
    step: Step,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Run:
    """Take one step of a run's life.

    Raises:
        RunNotFound: there is none that the principal may know of.
        IllegalTransition: the run's state does not lead there.
    """
    moved = await move_runs(
        {run_id: step}, name, principal=principal, unit_of_work=unit_of_work, clock=clock
    )
    return the_run(moved[run_id])


async def move_runs(
    steps: Mapping[RunId, Step],
    name: str,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> dict[RunId, Run | ServiceError]:
    """Take one step of each run's life; a step that leaves its run as it is changes nothing."""
    outcomes = await hold_runs(list(steps), principal=principal, unit_of_work=unit_of_work)
    changed: list[Run] = []
    for run_id, run in outcomes.items():
        if isinstance(run, ServiceError):
            continue
        try:
            moved = steps[run_id](run, clock.now())
        except ServiceError as error:
            outcomes[run_id] = error
            continue
        outcomes[run_id] = moved
        if moved is run:
            unit_of_work.leave_unchanged()
            continue
        changed.append(moved)
        event = RunEnded(run=moved) if moved.is_over else RunChanged(run=moved, step=name)
        unit_of_work.announce(event, actor=principal.actor, before=run)
    await unit_of_work.runs.update_all(changed)
    return outcomes


async def note_policy_context(
    run_id: RunId, context: PolicyContext, *, principal: Principal, unit_of_work: UnitOfWork
) -> None:
    """Keep what policies say of a run: a mark for panels, of which policies keep the record."""
    run = await hold_run(run_id, principal=principal, unit_of_work=unit_of_work)
    await unit_of_work.runs.set_policy_context(run, context)


async def record_heartbeats(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork
) -> int:
    """Note that runs are alive: neither an event nor an entry, they come every few seconds."""
    return await unit_of_work.runs.beat(principal.tenant_id, run_ids)


async def hold_run(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> Run:
    """Return a run as it stays until the end, or raise RunNotFound."""
    held = await hold_runs([run_id], principal=principal, unit_of_work=unit_of_work)
    return the_run(held[run_id])


async def hold_runs(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork
) -> dict[RunId, Run | ServiceError]:
    """Return runs as they stay until the end, or why the principal may know nothing of them."""
    held = await unit_of_work.runs.hold_all(principal.tenant_id, run_ids)
    return {run_id: _visible(held.get(run_id), run_id, principal) for run_id in run_ids}


def the_run(outcome: Run | ServiceError) -> Run:
    """The run, where there is but one; otherwise its error is raised."""
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def _visible(run: Run | None, run_id: RunId, principal: Principal) -> Run | ServiceError:
    if run is None or principal.project_id not in (None, run.project_id):
        return RunNotFound.of(run_id)
    return run
