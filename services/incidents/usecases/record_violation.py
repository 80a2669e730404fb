"""Keep violations: the fact first, whatever is made of it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import InternalError, InvalidField, RequestIdReused
from kernel.identifiers import TimelineEventId, new_id
from kernel.principal import Actor
from services.incidents.domain.events import IncidentExtended, ViolationRecorded
from services.incidents.domain.incident import Incident, TimelineEvent
from services.incidents.domain.kinds import Conclusion
from services.incidents.domain.violation import Case, CaseKey, Violation
from services.incidents.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A violation that is on disk, and what its case has come to so far."""

    violation: Violation
    case: Case


async def record_violation(
    violation: Violation, *, actor: Actor, unit_of_work: UnitOfWork
) -> Recorded:
    """Keep a violation; it joins the incident of its case if there is one already.

    Raises:
        InvalidField: it names neither a run nor a subject.
        RequestIdReused: the same source brought another violation before.
    """
    (recorded,) = await record_violations([violation], actor=actor, unit_of_work=unit_of_work)
    if isinstance(recorded, RequestIdReused):
        raise recorded
    return recorded


async def record_violations(
    violations: Sequence[Violation], *, actor: Actor, unit_of_work: UnitOfWork
) -> list[Recorded | RequestIdReused]:
    """Keep violations of one tenant, each of a source of its own; what became of each.

    Raises:
        InvalidField: one names neither a run nor a subject.
    """
    if not violations:
        return []
    for violation in violations:
        _require_place(violation)
    # What was said before is most of what events bring, and waits for nobody.
    known = await unit_of_work.cases.reported(violations)
    rest = [violation for violation in violations if violation.source_id not in known]
    # The cases are held first, so that two who report the same at once come one after the other.
    cases = await unit_of_work.cases.open(rest)
    known = {**known, **(await unit_of_work.cases.reported(rest) if rest else {})}
    new = [violation for violation in rest if violation.source_id not in known]
    await unit_of_work.cases.keep(new)
    for violation in new:
        await _tell(violation, cases[violation.key], actor, unit_of_work)
    repeated = [one for one in violations if one.source_id in known]
    before = await unit_of_work.cases.read([known[one.source_id].key for one in repeated])
    for _ in repeated:
        unit_of_work.leave_unchanged()
    return [
        _said_before(one, known[one.source_id], before)
        if one.source_id in known
        else Recorded(violation=one, case=cases[one.key])
        for one in violations
    ]


async def _tell(violation: Violation, case: Case, actor: Actor, unit_of_work: UnitOfWork) -> None:
    unit_of_work.announce(ViolationRecorded(violation=violation, case=case), actor=actor)
    if case.conclusion is Conclusion.INCIDENT:
        await _join(case, violation, actor=actor, unit_of_work=unit_of_work)


def _require_place(violation: Violation) -> None:
    if bool(violation.run_id) == bool(violation.subject):
        raise InvalidField.named("run_id", "is needed, or a subject when it belongs to no run")


def _said_before(
    violation: Violation, earlier: Violation, cases: Mapping[CaseKey, Case]
) -> Recorded | RequestIdReused:
    if not violation.is_same_report(earlier):
        return RequestIdReused(
            "This request_id brought another violation before. Choose a new one.",
            metadata={"request_id": violation.source_id},
        )
    return Recorded(violation=earlier, case=cases[earlier.key])


async def _join(
    case: Case, violation: Violation, *, actor: Actor, unit_of_work: UnitOfWork
) -> None:
    before = await unit_of_work.incidents.hold(case.key.tenant_id, case.incident_id, None)
    if before is None:
        raise InternalError(f"The case of {case.incident_id} has an incident that is not there.")
    table = await unit_of_work.severities.find(case.key.tenant_id)
    severity = table.severity_of(violation.category, violation.trigger_type)
    at = await unit_of_work.now()
    after = before.extended(violation, severity=severity, at=at)
    await unit_of_work.incidents.update(after)
    await unit_of_work.incidents.note(_joined(before, after, actor))
    event = IncidentExtended(incident=after, escalated=after.severity is not before.severity)
    unit_of_work.announce(event, actor=actor, before=before)


def _joined(before: Incident, after: Incident, actor: Actor) -> TimelineEvent:
    worse = after.severity is not before.severity
    text = f"{before.severity} → {after.severity}: {after.title}" if worse else ""
    return TimelineEvent(
        id=TimelineEventId(new_id("tle")),
        tenant_id=after.tenant_id,
        incident_id=after.id,
        type="ESCALATED" if worse else "VIOLATION_ADDED",
        actor_id=actor.id,
        text=text,
        created_at=after.updated_at,
    )
