"""Keep how runs ended, and draw the conclusions of everything that was reported of them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kernel.errors import RequestIdReused, ServiceError, Unavailable
from kernel.identifiers import TenantId
from kernel.principal import Actor
from services.incidents.domain.kinds import Category, Conclusion, Severity
from services.incidents.domain.reports import Ending, Report, ending_violation
from services.incidents.domain.violation import CaseKey
from services.incidents.usecases.conclude_cases import AT_ONCE, ConcludeCases
from services.incidents.usecases.ports import UnitOfWork
from services.incidents.usecases.record_violation import record_violations

# While cases are concluded, others may be reported of the same runs.
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended, and who says so."""

    report: Report
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCase:
    """A case of a run, with what it came to."""

    key: CaseKey
    conclusion: Conclusion
    incident_id: str
    prevention_id: str
    category: Category
    # None where no incident came of it.
    severity: Severity | None
    signature: str


class RunCases(Protocol):
    """Reads the cases of runs."""

    async def __call__(self, tenant_id: TenantId, run_ids: Sequence[str]) -> Sequence[RunCase]:
        """Return every case of the runs."""
        ...


async def keep_ends(
    ends: Sequence[RunEnd], *, actor: Actor, unit_of_work: UnitOfWork
) -> dict[str, RequestIdReused | None]:
    """Keep how runs ended, by their ids; an end that somebody chose is no violation."""
    outcomes: dict[str, RequestIdReused | None] = {end.report.run_id: None for end in ends}
    violations = [
        violation for end in ends if (violation := ending_violation(end.report, end.ending))
    ]
    for _ in range(len(ends) - len(violations)):
        unit_of_work.leave_unchanged()
    recorded = await record_violations(violations, actor=actor, unit_of_work=unit_of_work)
    for violation, one in zip(violations, recorded, strict=True):
        if isinstance(one, RequestIdReused):
            outcomes[violation.run_id] = one
    return outcomes


@dataclass(slots=True, kw_only=True)
class _Round:
    """Cases that several conclude together, each taking the next."""

    waiting: Iterator[CaseKey]
    # Why cases could not be concluded, by their runs.
    trouble: dict[str, Exception] = field(default_factory=dict)
    # Whoever is away is not asked about each of hundreds of cases.
    is_away: bool = False


class ConcludeRuns:
    """Draws the conclusions of runs at once, and says what each run came to."""

    def __init__(self, *, conclude: ConcludeCases, cases: RunCases) -> None:
        self._conclude = conclude
        self._cases = cases

    async def __call__(
        self, tenant_id: TenantId, run_ids: Sequence[str]
    ) -> dict[str, list[RunCase] | Unavailable]:
        """Return the cases of each run, the worst first, or why they are not concluded yet."""
        trouble: dict[str, Exception] = {}
        cases = await self._cases(tenant_id, run_ids)
        for _ in range(_ROUNDS):
            waiting = [case.key for case in cases if case.conclusion is Conclusion.PENDING]
            if not waiting or trouble:
                break
            trouble = await self._conclude_all(waiting)
            cases = await self._cases(tenant_id, run_ids)
        outcomes: dict[str, list[RunCase] | Unavailable] = {}
        for run_id in run_ids:
            own = [case for case in cases if case.key.run_id == run_id]
            outcomes[run_id] = _outcome(own, trouble.get(run_id))
        return outcomes

    async def _conclude_all(self, keys: Sequence[CaseKey]) -> dict[str, Exception]:
        """Conclude cases, several at a time; return why those of a run could not be."""
        part = _Round(waiting=iter(keys))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(keys))):
                group.create_task(self._conclude_one_by_one(part))
        return part.trouble

    async def _conclude_one_by_one(self, part: _Round) -> None:
        for key in part.waiting:
            if part.is_away:
                continue
            try:
                await self._conclude.conclude(key)
            except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
                part.trouble[key.run_id] = error
                part.is_away = part.is_away or isinstance(error, Unavailable)


def _outcome(cases: list[RunCase], trouble: Exception | None) -> list[RunCase] | Unavailable:
    if any(case.conclusion is Conclusion.PENDING for case in cases):
        because = f" {trouble.message}" if isinstance(trouble, ServiceError) else ""
        error = Unavailable(f"What the run came to is not known yet; its end is kept.{because}")
        error.__cause__ = trouble
        return error
    return sorted(cases, key=_badness)


def _badness(case: RunCase) -> tuple[int, bool, str]:
    rank = 0 if case.severity is None else case.severity.rank
    return -rank, case.key.is_outcome, case.key.policy_id
