"""Make an incident of a violation, as far as those who have to be asked answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kernel.errors import Unavailable
from kernel.principal import Principal
from services.incidents.domain.errors import ViolatedRunNotFound
from services.incidents.domain.incident import Incident
from services.incidents.domain.kinds import Conclusion
from services.incidents.domain.violation import Case, Violation
from services.incidents.usecases.conclude_cases import ConcludeCases
from services.incidents.usecases.ports import OpenUnitOfWork, RunDirectory, UnitOfWork
from services.incidents.usecases.record_violation import Recorded, record_violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a violation has come to."""

    violation: Violation
    case: Case
    # None while it is pending, and when it is prevented.
    incident: Incident | None


Beside = Callable[[UnitOfWork], Awaitable[None]]


async def _nothing(_unit_of_work: UnitOfWork) -> None:
    """Most violations have nothing beside them."""


class CreateIncident:
    """Keeps the fact in one transaction and what follows from it in another.

    The second may have to wait for others; the first never does.
    """

    def __init__(
        self, *, units_of_work: OpenUnitOfWork, runs: RunDirectory, conclude: ConcludeCases
    ) -> None:
        self._units_of_work = units_of_work
        self._runs = runs
        self._conclude = conclude

    async def __call__(
        self, violation: Violation, *, principal: Principal, beside: Beside = _nothing
    ) -> Outcome:
        """Keep the violation and draw the conclusion of its case.

        What is to be kept beside the fact is kept in its transaction, if the fact is new.

        Raises:
            ViolatedRunNotFound: its run does not exist, or is another tenant's.
            InvalidField: it names neither a run nor a subject.
            RequestIdReused: the same request brought another violation before.
        """
        await self._require_run(violation)
        recorded = await self._record(violation, principal, beside)
        case = recorded.case
        if case.conclusion is Conclusion.PENDING:
            case = await self._concluded(case)
        return Outcome(
            violation=recorded.violation, case=case, incident=await self._incident_of(case)
        )

    async def _require_run(self, violation: Violation) -> None:
        if not violation.run_id:
            return
        try:
            known = await self._runs.constraints(violation.tenant_id, violation.run_id)
        except Unavailable:
            # A fact must not be lost because somebody else is away.
            return
        if known is None:
            raise ViolatedRunNotFound.of(violation.run_id)

    async def _record(self, violation: Violation, principal: Principal, beside: Beside) -> Recorded:
        async with self._units_of_work(violation.tenant_id) as unit_of_work:
            recorded = await record_violation(
                violation, actor=principal.actor, unit_of_work=unit_of_work
            )
            if recorded.violation.id == violation.id:
                await beside(unit_of_work)
            await unit_of_work.commit()
        return recorded

    async def _concluded(self, case: Case) -> Case:
        try:
            return await self._conclude.conclude(case.key)
        except Unavailable:
            # Whoever looks after pending cases draws it as soon as the others answer.
            return case

    async def _incident_of(self, case: Case) -> Incident | None:
        if case.conclusion is not Conclusion.INCIDENT:
            return None
        async with self._units_of_work(case.key.tenant_id) as unit_of_work:
            return await unit_of_work.incidents.find(case.key.tenant_id, case.incident_id, None)
