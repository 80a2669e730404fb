"""Move a run through its life, and take others' notes of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from kernel.clock import Clock
from kernel.identifiers import RunId
from kernel.principal import Actor, Principal
from services.activity.domain import run_notes
from services.activity.domain.errors import RunNotFound
from services.activity.domain.events import RunChanged, RunEnded, RunNoted
from services.activity.domain.run import Run
from services.activity.usecases.ports import PolicyContext, UnitOfWork

Step = Callable[[Run, datetime], Run]

INCIDENT, DRAFT = "incident", "draft"


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
    run = await _held(run_id, principal, unit_of_work)
    moved = step(run, clock.now())
    await unit_of_work.runs.update(moved)
    event = RunEnded(run=moved) if moved.is_over else RunChanged(run=moved, step=name)
    unit_of_work.announce(event, actor=principal.actor, before=run)
    return moved


async def note_of_run(
    run_id: RunId,
    name: str,
    note: Step,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Run:
    """Take a note of a run; a note that says what is so already changes nothing."""
    run = await _held(run_id, principal, unit_of_work)
    noted = note(run, clock.now())
    if replace(noted, updated_at=run.updated_at, revision=run.revision) == run:
        unit_of_work.leave_unchanged()
        return run
    return await _keep(run, noted, name, principal.actor, unit_of_work)


async def note_incident(
    run_id: RunId,
    incident_id: str,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Run:
    """Count an incident of a run, once, and let the run's trace name it."""
    run = await _held(run_id, principal, unit_of_work)
    if not await unit_of_work.runs.note(run, INCIDENT, incident_id):
        unit_of_work.leave_unchanged()
        return run
    trace = await unit_of_work.traces.find_of_run(run.tenant_id, run.id)
    if trace is not None:
        await unit_of_work.traces.refer_to_incident(trace, incident_id)
    noted = run_notes.caused_incident(run, at=clock.now())
    return await _keep(run, noted, "INCIDENT_NOTED", principal.actor, unit_of_work)


async def note_policy_draft(
    run_id: RunId, policy_id: str, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Run:
    """Count a policy draft that came of a run, once."""
    run = await _held(run_id, principal, unit_of_work)
    if not await unit_of_work.runs.note(run, DRAFT, policy_id):
        unit_of_work.leave_unchanged()
        return run
    noted = run_notes.led_to_draft(run, at=clock.now())
    return await _keep(run, noted, "DRAFT_NOTED", principal.actor, unit_of_work)


async def note_policy_context(
    run_id: RunId, context: PolicyContext, *, principal: Principal, unit_of_work: UnitOfWork
) -> None:
    """Keep what policies say of a run: a mark for panels, of which policies keep the record."""
    run = await _held(run_id, principal, unit_of_work)
    await unit_of_work.runs.set_policy_context(run, context)


async def record_heartbeats(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork
) -> int:
    """Note that runs are alive: neither an event nor an entry, they come every few seconds."""
    return await unit_of_work.runs.beat(principal.tenant_id, run_ids)


async def _held(run_id: RunId, principal: Principal, unit_of_work: UnitOfWork) -> Run:
    run = await unit_of_work.runs.hold(principal.tenant_id, run_id)
    if run is None or principal.project_id not in (None, run.project_id):
        raise RunNotFound.of(run_id)
    return run


async def _keep(run: Run, noted: Run, name: str, actor: Actor, unit_of_work: UnitOfWork) -> Run:
    await unit_of_work.runs.update(noted)
    unit_of_work.announce(RunNoted(run=noted, note=name), actor=actor, before=run)
    return noted
