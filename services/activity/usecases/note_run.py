"""Take others' notes of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.activity.domain import run_notes
from services.activity.domain.events import RunNoted
from services.activity.domain.run import EvidenceHealth, IntegrityStatus, RiskLevel, Run
from services.activity.usecases.change_run import Step, hold_run, hold_runs, the_run
from services.activity.usecases.ports import UnitOfWork

INCIDENT, DRAFT = "incident", "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is to be noted of a run; what is empty stays as it is."""

    incident_ids: Sequence[str] = ()
    violated_policy_id: str = ""
    risk_level: RiskLevel | None = None
    evidence_health: EvidenceHealth | None = None
    integrity_status: IntegrityStatus | None = None


async def note_of_run(
    run_id: RunId,
    notes: Notes,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Run:
    """Take notes of a run; a note that says what is so already changes nothing.

    Raises:
        RunNotFound: there is none that the principal may know of.
    """
    noted = await note_of_runs(
        {run_id: notes}, principal=principal, unit_of_work=unit_of_work, clock=clock
    )
    return the_run(noted[run_id])


async def note_of_runs(
    notes: Mapping[RunId, Notes],
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> dict[RunId, Run | ServiceError]:
    """Take notes of each run; an incident counts once, and the first is its trace's."""
    outcomes = await hold_runs(list(notes), principal=principal, unit_of_work=unit_of_work)
    runs = [run for run in outcomes.values() if isinstance(run, Run)]
    incidents = await _new_incidents(notes, runs, unit_of_work)
    changed: list[Run] = []
    for run in runs:
        noted = run
        for name, note in _steps(notes[run.id], incidents.get(run.id, ())):
            noted = _noted(noted, name, note(noted, clock.now()), principal, unit_of_work)
        outcomes[run.id] = noted
        if noted is run:
            unit_of_work.leave_unchanged()
        else:
            changed.append(noted)
    await unit_of_work.runs.update_all(changed)
    return outcomes


async def note_policy_draft(
    run_id: RunId, policy_id: str, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Run:
    """Count a policy draft that came of a run, once."""
    run = await hold_run(run_id, principal=principal, unit_of_work=unit_of_work)
    if not await unit_of_work.runs.note_all(DRAFT, [(run, policy_id)]):
        unit_of_work.leave_unchanged()
        return run
    counted = run_notes.led_to_draft(run, at=clock.now())
    noted = _noted(run, "DRAFT_NOTED", counted, principal, unit_of_work)
    await unit_of_work.runs.update(noted)
    return noted


async def _new_incidents(
    notes: Mapping[RunId, Notes], runs: Sequence[Run], unit_of_work: UnitOfWork
) -> dict[RunId, list[str]]:
    """Keep which incidents runs had, and return those that nobody had noted."""
    told = [
        (run, incident_id)
        for run in runs
        for incident_id in dict.fromkeys(notes[run.id].incident_ids)
    ]
    if not told:
        return {}
    new = await unit_of_work.runs.note_all(INCIDENT, told)
    found: dict[RunId, list[str]] = {}
    for run, incident_id in told:
        if (run.id, incident_id) in new:
            found.setdefault(run.id, []).append(incident_id)
    if found:
        first = {run_id: incident_ids[0] for run_id, incident_ids in found.items()}
        await unit_of_work.traces.refer_to_incidents(runs[0].tenant_id, first)
    return found


def _steps(notes: Notes, incidents: Sequence[str]) -> list[tuple[str, Step]]:
    """Each note by the name of its entry, in the order in which they are taken."""
    steps: list[tuple[str, Step]] = [("INCIDENT_NOTED", _caused_incident) for _ in incidents]
    policy_id, level = notes.violated_policy_id, notes.risk_level
    health, integrity = notes.evidence_health, notes.integrity_status
    if policy_id:
        steps.append(("VIOLATION_NOTED", lambda run, at: run_notes.violated(run, policy_id, at=at)))
    if level is not None:
        steps.append(("RISK_NOTED", lambda run, at: run_notes.at_risk(run, level, at=at)))
    if health or integrity:
        steps.append(
            ("EVIDENCE_NOTED", lambda run, at: run_notes.reconciled(run, health, integrity, at=at))
        )
    return steps


def _caused_incident(run: Run, at: datetime) -> Run:
    return run_notes.caused_incident(run, at=at)


def _noted(run: Run, name: str, noted: Run, principal: Principal, unit_of_work: UnitOfWork) -> Run:
    """The run with a note, which is told; the same run if the note says what is so already."""
    if replace(noted, updated_at=run.updated_at, revision=run.revision) == run:
        return run
    unit_of_work.announce(RunNoted(run=noted, note=name), actor=principal.actor, before=run)
    return noted
