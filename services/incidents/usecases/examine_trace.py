"""Examine what a run said once its trace is sealed: each output beside what it was shown before."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import DeadlineTooShort, RequestIdReused, Unavailable
from kernel.identifiers import TenantId
from kernel.principal import Principal
from services.incidents.domain.kept_finding import DetectorSettings
from services.incidents.domain.trace_examination import (
    SERVICE,
    ExaminationState,
    TraceExamination,
    name_of_output,
)
from services.incidents.domain.trace_material import Gathered, Material, TraceReader
from services.incidents.usecases.examine_output import Examine, Examined
from services.incidents.usecases.trace_ports import (
    ClaimExaminations,
    OpenTraceUnitOfWork,
    SpokenRun,
    TraceDirectory,
)

_TOO_SLOW = "of its outputs could not be looked through in time."
_BROUGHT_DOWN = "Whoever examined it has ended in the middle of it."
ExamineOne = Callable[[Examine], Awaitable[Examined]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be done about a trace that was taken on."""

    claimed: TraceExamination
    run: SpokenRun
    gathered: Gathered
    policy_ids: tuple[str, ...]
    # Steps whose output somebody has let examined who had it at hand.
    examined: frozenset[int]


class _Lost(Exception):
    """The lease has run out, and somebody else has the trace."""


class ExamineTraces:
    """One trace at a time. A claim is a lease: whoever dies with one loses it to others.

    Each output is examined under a name of its own, so that whatever is repeated finds the same
    violation and makes nothing twice.
    """

    def __init__(
        self,
        *,
        units_of_work: OpenTraceUnitOfWork,
        traces: TraceDirectory,
        examine: ExamineOne,
        due: ClaimExaminations,
        lease_seconds: float,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._traces = traces
        self._examine = examine
        self._due = due
        self._lease_seconds = lease_seconds
        self._clock = clock

    async def claim(
        self, at_most: int, busy: Sequence[TenantId] = ()
    ) -> Sequence[TraceExamination]:
        """Take on traces that are due, of none of the tenants that have enough under way."""
        return await self._due(at_most, busy)

    async def examine(self, claimed: TraceExamination) -> None:
        """Examine a claimed trace, and write down what became of it."""
        try:
            after = await self._looked_at(claimed)
        except _Lost:
            return
        except Unavailable as error:
            after = claimed.postponed(error.message, at=self._clock.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this trace's fate
            after = claimed.failed(str(error) or type(error).__name__, at=self._clock.now())
        await self._write_down(after)

    async def _looked_at(self, claimed: TraceExamination) -> TraceExamination:
        if claimed.is_lost:
            return claimed.failed(_BROUGHT_DOWN, at=self._clock.now())
        plan = await self._plan(claimed)
        if plan is None:
            return claimed.ended(ExaminationState.NOTHING_KEPT, at=self._clock.now())
        too_slow = 0
        for material in plan.gathered.materials:
            await self._keep(claimed)
            if material.output.step_index not in plan.examined:
                too_slow += not await self._is_examined(plan, material)
        counted = claimed.counted(plan.gathered)
        if too_slow:
            return counted.failed(f"{too_slow} {_TOO_SLOW}", at=self._clock.now())
        return counted.ended(ExaminationState.EXAMINED, at=self._clock.now())

    async def _plan(self, claimed: TraceExamination) -> _Plan | None:
        """What there is to examine; None if there is nothing."""
        run = await self._traces(claimed.tenant_id, claimed.run_id, claimed.trace_id)
        if run is None or not run.keeps_responses:
            return None
        reader = TraceReader()
        async for step in run.steps:
            reader.take(step)
        gathered = reader.gathered()
        if not gathered.materials:
            return None
        async with self._units_of_work(claimed.tenant_id) as unit_of_work:
            settings = await unit_of_work.findings.settings(claimed.tenant_id)
            examined = await unit_of_work.examinations.examined_by_others(claimed)
        return _Plan(
            claimed=claimed,
            run=run,
            gathered=gathered,
            policy_ids=_opted_in(run, settings),
            examined=examined,
        )

    async def _keep(self, claimed: TraceExamination) -> None:
        async with self._units_of_work(claimed.tenant_id) as unit_of_work:
            if not await unit_of_work.examinations.renew(claimed, seconds=self._lease_seconds):
                raise _Lost
            await unit_of_work.commit()

    async def _is_examined(self, plan: _Plan, material: Material) -> bool:
        """Examine one output; False if there was not time enough."""
        claimed = plan.claimed
        command = Examine(
            principal=Principal(tenant_id=claimed.tenant_id, roles=frozenset(), service=SERVICE),
            request_id=name_of_output(claimed.trace_id, material.output.step_index),
            run_id=claimed.run_id,
            output=material.output,
            documents=material.documents,
            earlier=material.earlier,
            goal=plan.run.goal,
            policy_ids=plan.policy_ids,
            at=self._clock.now(),
            synthetic_scenario_id=plan.run.synthetic_scenario_id,
        )
        try:
            await self._examine(command)
        except DeadlineTooShort:
            return False
        except RequestIdReused:
            # It was examined before, under other settings or by another judge: that stands.
            return True
        return True

    async def _write_down(self, after: TraceExamination) -> None:
        async with self._units_of_work(after.tenant_id) as unit_of_work:
            if not await unit_of_work.examinations.update(after):
                return
            if after.state is ExaminationState.GIVEN_UP:
                unit_of_work.warn_of(after)
            await unit_of_work.commit()


def _opted_in(run: SpokenRun, settings: DetectorSettings) -> tuple[str, ...]:
    """Those of the run's policies that care about findings.

    The first of them is whose incident it becomes; a policy about costs must not be.
    """
    chosen = {one.policy_id for one in settings.opt_ins}
    return tuple(policy for policy in run.policy_ids if policy in chosen)
