"""Write down what cases came to: many of them in one transaction, each once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import rfc8785

from kernel.identifiers import EvidenceId, TenantId, TimelineEventId, new_id
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
from services.incidents.usecases.ports import OpenUnitOfWork, Ruling, UnitOfWork, Verdict

_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")


async def read_cases(
    keys: Sequence[CaseKey], *, units_of_work: OpenUnitOfWork
) -> Sequence[tuple[Case, Violation]]:
    """Return cases as they are, each with its first violation."""
    async with units_of_work(*_tenants(keys)) as unit_of_work:
        cases = await unit_of_work.cases.read(keys)
        violations = await unit_of_work.cases.violations(keys)
    return [(cases[key], violations[key][0]) for key in keys]


async def write_conclusions(
    rulings: Sequence[Ruling], *, units_of_work: OpenUnitOfWork
) -> Sequence[Case]:
    """Write down conclusions, except for cases that somebody has concluded meanwhile."""
    keys = [ruling.key for ruling in rulings]
    async with units_of_work(*_tenants(keys)) as unit_of_work:
        cases = await unit_of_work.cases.hold_all(keys)
        violations = await unit_of_work.cases.violations(keys)
        page = _Page(unit_of_work=unit_of_work, at=await unit_of_work.now())
        for ruling in rulings:
            case = cases[ruling.key]
            if case.conclusion is Conclusion.PENDING:
                cases[ruling.key] = await page.conclude(case, violations[ruling.key], ruling)
        await page.write()
        await unit_of_work.commit()
    return [cases[key] for key in keys]


def _tenants(keys: Sequence[CaseKey]) -> list[TenantId]:
    return sorted({key.tenant_id for key in keys})


@dataclass(slots=True, kw_only=True)
class _Page:
    """What one transaction writes down."""

    unit_of_work: UnitOfWork
    at: datetime
    concluded: list[Case] = field(default_factory=list)
    made: list[tuple[Incident, Sequence[Evidence]]] = field(default_factory=list)
    ended: list[tuple[RunFacts, Violation]] = field(default_factory=list)
    tables: dict[TenantId, SeverityTable] = field(default_factory=dict)

    async def conclude(self, case: Case, violations: Sequence[Violation], ruling: Ruling) -> Case:
        """Add the conclusion of one case that is held; return it as it then is."""
        if ruling.verdict.prevention_id:
            concluded = self._prevented(case, violations[0], ruling.verdict)
        else:
            table = await self._table(case.key.tenant_id)
            concluded = self._made(case, violations, ruling.run, table)
        self.concluded.append(concluded)
        return concluded

    async def write(self) -> None:
        """Let the database keep everything, and tell of it."""
        work = self.unit_of_work
        await work.cases.conclude(self.concluded)
        if self.made:
            await work.incidents.add(self.made)
            await work.incidents.note(*(_birth(incident) for incident, _ in self.made))
        await compare_spending(self.ended, actor=_ITSELF, unit_of_work=work)

    def _prevented(self, case: Case, violation: Violation, verdict: Verdict) -> Case:
        concluded = replace(
            case, conclusion=Conclusion.PREVENTED, prevention_id=verdict.prevention_id
        )
        self.unit_of_work.announce(
            ViolationPrevented(violation=violation, case=concluded), actor=_ITSELF
        )
        return concluded

    def _made(
        self,
        case: Case,
        violations: Sequence[Violation],
        run: RunFacts | None,
        table: SeverityTable,
    ) -> Case:
        worst = _worst(violations, table)
        severity = table.severity_of(worst.category, worst.trigger_type)
        incident = replace(
            Incident.of(case, worst, severity=severity, run=run),
            blocking=any(violation.blocking for violation in violations),
            violation_count=len(violations),
            created_at=self.at,
            updated_at=self.at,
        )
        self.made.append((incident, _gathered(incident, violations, run, self.at)))
        created = OutcomeRecorded if case.key.is_outcome else IncidentCreated
        self.unit_of_work.announce(created(incident=incident), actor=_ITSELF)
        if run is not None:
            endings = (one for one in violations if one.trigger_type is TriggerType.RUN_OUTCOME)
            self.ended += [(run, ending) for ending in list(endings)[:1]]
        return replace(case, conclusion=Conclusion.INCIDENT)

    async def _table(self, tenant_id: TenantId) -> SeverityTable:
        if tenant_id not in self.tables:
            self.tables[tenant_id] = await self.unit_of_work.severities.find(tenant_id)
        return self.tables[tenant_id]


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
