"""Draw the conclusion of a case, once: an incident, or a prevention record in its place."""

import asyncio
import contextvars
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import rfc8785

from kernel.errors import ServiceError, Unavailable
from kernel.identifiers import EvidenceId, TimelineEventId, new_id
from kernel.ledger import state_of
from kernel.principal import Actor, ActorType
from services.incidents.domain.events import (
    IncidentCreated,
    OutcomeRecorded,
    ViolationPrevented,
)
from services.incidents.domain.incident import Evidence, Incident, RunFacts, TimelineEvent
from services.incidents.domain.kinds import Conclusion, TriggerType
from services.incidents.domain.severity import SeverityTable
from services.incidents.domain.violation import Case, CaseKey, Violation
from services.incidents.usecases.compare_spending import compare_spending
from services.incidents.usecases.ports import (
    PendingCases,
    RunDirectory,
    SuppressionDesk,
    UnitOfWork,
    Verdict,
)

_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")
_BATCH = 100
# Nearly all of the time goes by with waiting for others, and for the disk.
AT_ONCE = 8


class OpenUnitOfWork(Protocol):
    """Opens a transaction for a tenant."""

    def __call__(self, *tenants: str) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open it; it rolls back unless committed."""
        ...


@dataclass(slots=True, kw_only=True)
class _Round:
    """Cases that several conclude together, each taking the next, and how far they have come."""

    waiting: Iterator[CaseKey]
    concluded: int = 0
    # Whether somebody who has to be asked about runs does not answer.
    is_away: bool = False
    trouble: ServiceError | None = None
    # What nobody has foreseen: it ends the round like everything else, and is told of.
    defect: Exception | None = None

    def note(self, error: Exception) -> None:
        """Take note of why a case could not be concluded."""
        if not isinstance(error, ServiceError):
            self.defect = error
            return
        self.trouble = error
        self.is_away = self.is_away or isinstance(error, Unavailable)


class ConcludeCases:
    """Asks who has to be asked, and writes down what follows.

    Policies decides by the case's own signature and incident, which never change, so whoever asks
    first and however often: all hear the same. The case's row is held while the conclusion is
    written, so one writes and the others find it written.
    """

    def __init__(
        self,
        *,
        units_of_work: OpenUnitOfWork,
        suppression: SuppressionDesk,
        runs: RunDirectory,
        pending: PendingCases,
    ) -> None:
        self._units_of_work = units_of_work
        self._suppression = suppression
        self._runs = runs
        self._pending = pending
        # Two hundred who report the same thing at once wait for one conclusion, not for 200 locks.
        self._under_way: dict[CaseKey, asyncio.Task[Case]] = {}

    async def __call__(self) -> int:
        """Conclude what is pending, several at a time; return how many cases are concluded.

        Raises:
            ServiceError: nothing could be concluded; what is pending stays so.
        """
        part = _Round(waiting=iter(await self._pending(_BATCH)))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._conclude_one_by_one(part))
        if part.defect is not None:
            raise part.defect
        if part.trouble is not None and not part.concluded:
            raise part.trouble
        return part.concluded

    async def _conclude_one_by_one(self, part: "_Round") -> None:
        for key in part.waiting:
            if part.is_away and key.run_id:
                # Whoever is away is not asked about each of a hundred cases.
                continue
            try:
                await self.conclude(key)
            except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
                part.note(error)
            else:
                part.concluded += 1

    async def conclude(self, key: CaseKey) -> Case:
        """Draw the conclusion of a case, unless it is drawn.

        Raises:
            Unavailable: policies or activity does not answer.
        """
        shared = self._under_way.get(key)
        if shared is None:
            # In a context of its own: it is no part of the call that happened to come first.
            shared = self._under_way[key] = asyncio.create_task(
                self._drawn(key), context=contextvars.Context()
            )
            shared.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(shared)

    async def _drawn(self, key: CaseKey) -> Case:
        async with self._units_of_work(key.tenant_id) as unit_of_work:
            case = await unit_of_work.cases.hold(key)
            violations = await unit_of_work.cases.violations(key)
        if case.conclusion is not Conclusion.PENDING:
            return case
        verdict = await self._verdict(case)
        run = None if verdict.prevention_id else await self._look_up(violations[0])
        async with self._units_of_work(key.tenant_id) as unit_of_work:
            concluded = await _write_down(key, verdict, run, unit_of_work)
            await unit_of_work.commit()
        return concluded

    async def _verdict(self, case: Case) -> Verdict:
        # A rule covers what went wrong in a run; what became of a run, or of the plane, it cannot.
        if case.key.is_outcome or not case.key.run_id:
            return Verdict(prevention_id="")
        return await self._suppression.decide(case)

    async def _look_up(self, violation: Violation) -> RunFacts | None:
        if not violation.run_id:
            return None
        # Nobody asks what led to a run's ending well, and most runs do.
        with_steps = not violation.category.is_outcome
        return await self._runs.look_up(
            violation.tenant_id, violation.run_id, before=violation.measured, with_steps=with_steps
        )


async def _write_down(
    key: CaseKey, verdict: Verdict, run: RunFacts | None, unit_of_work: UnitOfWork
) -> Case:
    case = await unit_of_work.cases.hold(key)
    if case.conclusion is not Conclusion.PENDING:
        return case
    violations = await unit_of_work.cases.violations(key)
    if verdict.prevention_id:
        return await _prevented(case, violations[0], verdict, unit_of_work)
    return await _made(case, violations, run, unit_of_work)


async def _prevented(
    case: Case, violation: Violation, verdict: Verdict, unit_of_work: UnitOfWork
) -> Case:
    concluded = replace(case, conclusion=Conclusion.PREVENTED, prevention_id=verdict.prevention_id)
    await unit_of_work.cases.conclude(concluded)
    unit_of_work.announce(ViolationPrevented(violation=violation, case=concluded), actor=_ITSELF)
    return concluded


async def _made(
    case: Case, violations: Sequence[Violation], run: RunFacts | None, unit_of_work: UnitOfWork
) -> Case:
    table = await unit_of_work.severities.find(case.key.tenant_id)
    worst = _worst(violations, table)
    severity = table.severity_of(worst.category, worst.trigger_type)
    at = await unit_of_work.now()
    incident = replace(
        Incident.of(case, worst, severity=severity, run=run),
        blocking=any(violation.blocking for violation in violations),
        violation_count=len(violations),
        created_at=at,
        updated_at=at,
    )
    concluded = replace(case, conclusion=Conclusion.INCIDENT)
    await unit_of_work.cases.conclude(concluded)
    await unit_of_work.incidents.add(incident, _gathered(incident, violations, run, at))
    await unit_of_work.incidents.note(_birth(incident))
    created = OutcomeRecorded if case.key.is_outcome else IncidentCreated
    unit_of_work.announce(created(incident=incident), actor=_ITSELF)
    ending = next((one for one in violations if one.trigger_type is TriggerType.RUN_OUTCOME), None)
    if run is not None and ending is not None:
        await compare_spending(run, ending, actor=_ITSELF, unit_of_work=unit_of_work)
    return concluded


def _worst(violations: Sequence[Violation], table: SeverityTable) -> Violation:
    """The first of those than which none is worse."""

    def rank(violation: Violation) -> int:
        return table.severity_of(violation.category, violation.trigger_type).rank

    return max(violations, key=rank)


def _gathered(
    incident: Incident, violations: Sequence[Violation], run: RunFacts | None, at: datetime
) -> list[Evidence]:
    """What is known now and may be known no more when somebody looks."""
    found = [_evidence("violation", each.id, dict(state_of(each)), at) for each in violations]
    if run is None:
        unknown = {"known_to_activity": False}
        return found + [_evidence("run", incident.run_id, unknown, at)] * bool(incident.run_id)
    facts = {name: value for name, value in state_of(run).items() if name != "steps"}
    found.append(_evidence("run", incident.run_id, facts, at))
    if run.steps:
        steps: dict[str, Any] = {"steps": [dict(state_of(step)) for step in run.steps]}
        found.append(_evidence("preceding_steps", run.trace_id, steps, at))
    return found


def _evidence(kind: str, reference: str, content: dict[str, Any], at: datetime) -> Evidence:
    return Evidence(
        id=EvidenceId(new_id("ive")),
        kind=kind,
        reference=reference,
        content=rfc8785.dumps(content),
        created_at=at,
    )


def _birth(incident: Incident) -> TimelineEvent:
    return TimelineEvent(
        id=TimelineEventId(new_id("tle")),
        tenant_id=incident.tenant_id,
        incident_id=incident.id,
        type="CREATED",
        actor_id=_ITSELF.id,
        text=incident.title,
        created_at=incident.created_at,
    )
