"""Runs as they come about, and what one gets by looking at each of them."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId, new_id
from servicekit.unit_of_work import UnitsOfWork
from services.activity.domain.metrics import BUCKET_GROWTH
from services.activity.domain.run import InspectionConstraints, Run, RunPhase, RunSource, RunStatus
from services.activity.domain.trace import KeptStep, Trace, TraceHead
from services.activity.store.unit_of_work import ActivityUnitOfWork
from services.activity.usecases.ports import (
    Grouping,
    HeadChange,
    MetricsQuery,
    PlacedStep,
    RunFigures,
)

BEGIN = datetime(2026, 1, 30, 21, 0, tzinfo=UTC)
PROJECTS, AGENTS = [new_id("prj") for _ in range(2)], [new_id("agt") for _ in range(3)]
ENDINGS = [
    (RunPhase.COMPLETED, RunStatus.SUCCEEDED),
    (RunPhase.FAILED, RunStatus.FAILED),
    (RunPhase.FAILED, RunStatus.FAILED_POLICY),
    (RunPhase.FAILED, RunStatus.CANCELLED),
]
Units = UnitsOfWork[ActivityUnitOfWork]


@dataclass(slots=True)
class Known:
    """A run as the test remembers it."""

    run: Run
    trace_id: str = ""
    sealed: bool = False
    steps: list[KeptStep] = field(default_factory=list)


class History:
    """Runs of a tenant that begin, record steps, end and are sealed, in any order."""

    def __init__(self, units: Units) -> None:
        self.tenant_id = TenantId(new_id("ten"))
        self.seed = random.randrange(2**32)
        self.dice = random.Random(self.seed)
        self.runs: list[Known] = []
        self._units = units

    async def create(self, *, traced: bool = True) -> Known:
        """A run at some moment of four days or four months, often on the hour exactly, at work."""
        at = BEGIN + timedelta(
            hours=self.dice.choice([self.dice.randrange(96), self.dice.randrange(3000)])
        )
        at += timedelta(microseconds=self.dice.choice([0, 1, self.dice.randrange(3_600_000_000)]))
        begun = self.dice.random() < 0.8
        run = Run(
            id=RunId(new_id("run")),
            tenant_id=self.tenant_id,
            project_id=ProjectId(self.dice.choice(PROJECTS)),
            agent_id=AgentId(self.dice.choice(AGENTS)),
            api_key_id=None,
            actor_id="somebody",
            session_id="",
            goal="anything",
            source=RunSource.EXTERNAL,
            created_at=at,
            updated_at=at,
            phase=RunPhase.FINALIZING if begun else RunPhase.CREATED,
            status=RunStatus.RUNNING if begun else RunStatus.QUEUED,
            started_at=at if begun else None,
            synthetic_scenario_id="scenario" if self.dice.random() < 0.2 else "",
        )
        known = Known(run)
        async with self._units(self.tenant_id) as unit_of_work:
            await unit_of_work.runs.add(run)
            if traced:
                await self._begin_trace(known, unit_of_work)
            await unit_of_work.commit()
        self.runs.append(known)
        return known

    async def _begin_trace(self, known: Known, unit_of_work: ActivityUnitOfWork) -> None:
        run = known.run
        trace = Trace.of(run, TraceId(new_id("trc")), "", at=run.created_at)
        head = TraceHead(
            trace_id=trace.id,
            tenant_id=run.tenant_id,
            run_id=run.id,
            project_id=run.project_id,
            next_index=0,
            sealed=False,
            inspection=InspectionConstraints(),
        )
        await unit_of_work.traces.add(trace, head)
        known.trace_id = trace.id

    async def record(self, known: Known) -> None:
        """Some steps, of some models, if the trace is open."""
        if not known.trace_id or known.sealed:
            return
        steps = [self._step(len(known.steps) + place) for place in range(self.dice.randrange(1, 4))]
        change = HeadChange(
            tenant_id=self.tenant_id,
            trace_id=known.trace_id,
            next_index=len(known.steps) + len(steps),
            input_tokens=sum(step.input_tokens for step in steps),
            output_tokens=sum(step.output_tokens for step in steps),
            cost_micro_usd=sum(step.cost_micro_usd for step in steps),
        )
        async with self._units(self.tenant_id) as unit_of_work:
            await unit_of_work.traces.hold_heads([(self.tenant_id, known.trace_id)])
            placed = [
                PlacedStep(tenant_id=self.tenant_id, trace_id=known.trace_id, kept=step)
                for step in steps
            ]
            await unit_of_work.traces.write(placed, late=False)
            await unit_of_work.traces.advance([change])
            await unit_of_work.commit()
        known.steps += steps

    def _step(self, index: int) -> KeptStep:
        return KeptStep(
            index=index,
            content=b"",
            content_hash=b"",
            started_at=BEGIN,
            duration_ms=1,
            kind="llm_call",
            skill_name="chat",
            status="succeeded",
            model=self.dice.choice(["", "gpt-5", "claude-5", "gemini-4"]),
            input_tokens=self.dice.randrange(10**10),
            output_tokens=self.dice.randrange(100),
            cost_micro_usd=self.dice.randrange(10**12),
        )

    async def end(self, known: Known) -> None:
        """The run's end, some days later or before it began, as clocks would have it."""
        run = known.run
        if run.is_over:
            return
        took = timedelta(milliseconds=round(10 ** self.dice.uniform(-1, 9)) - 1)
        took = -took if self.dice.random() < 0.1 else took
        begun = run.phase is RunPhase.FINALIZING
        phase, status = self.dice.choice(ENDINGS if begun else ENDINGS[1:])
        over = replace(run, phase=phase, status=status, completed_at=run.created_at + took)
        async with self._units(self.tenant_id) as unit_of_work:
            await unit_of_work.runs.hold(run.tenant_id, run.id)
            await unit_of_work.runs.update(over)
            await unit_of_work.commit()
        known.run = over

    async def seal(self, known: Known) -> None:
        """No more steps for this one."""
        if known.trace_id:
            trace = Trace.of(known.run, TraceId(known.trace_id), "", at=known.run.created_at)
            sealed = trace.sealed(b"root", len(known.steps), at=known.run.created_at)
            async with self._units(self.tenant_id) as unit_of_work:
                await unit_of_work.traces.seal_all([sealed])
                await unit_of_work.commit()
            known.sealed = True

    async def settle(self, known: Known) -> None:
        """Steps, an end and a seal."""
        await self.record(known)
        await self.end(known)
        await self.seal(known)

    async def go_on(self, turns: int) -> None:
        """Let things happen in any order."""
        changes = [self.record, self.record, self.end, self.seal, self.settle]
        for _ in range(turns):
            known = await self.create(traced=self.dice.random() < 0.8)
            for change in self.dice.sample(changes, self.dice.randrange(3)):
                await change(self.dice.choice([known, *self.runs]))

    async def read(self, query: MetricsQuery, project: ProjectId | None) -> list[RunFigures]:
        """The figures as the service reads them."""
        async with self._units(self.tenant_id) as unit_of_work:
            return await unit_of_work.metrics.figures(query, project)

    def query(self, **more: Any) -> MetricsQuery:
        """All runs of all times, in one group."""
        values: dict[str, Any] = {
            "created_from": BEGIN - timedelta(days=1),
            "created_before": BEGIN + timedelta(days=130),
            "grouping": Grouping.NONE,
            "include_synthetic": True,
            "tenant_id": self.tenant_id,
        }
        return MetricsQuery(**{**values, **more})

    def any_query(self) -> MetricsQuery:
        """Some period, often with ends on the hour, in some grouping."""
        begin = timedelta(seconds=self.dice.choice([0, 0, 1, self.dice.randrange(7200)]))
        begin += timedelta(hours=self.dice.randrange(60))
        length = timedelta(
            minutes=self.dice.choice([20, 60, 24 * 60, self.dice.randrange(1, 180_000)])
        )
        return self.query(
            created_from=BEGIN + begin,
            created_before=BEGIN + begin + length,
            grouping=self.dice.choice(list(Grouping)),
            include_synthetic=self.dice.random() < 0.5,
        )

    async def check(self, times: int) -> None:
        """Compare figures with what looking at every run gives."""
        for _ in range(times):
            query = self.any_query()
            project = self.dice.choice([None, *PROJECTS])
            read = await self.read(query, project)
            require_same(read, naive(self.runs, query, project), f"seed {self.seed}: {query}")


_GROUP: dict[Grouping, Callable[[Run], str]] = {
    Grouping.NONE: lambda _: "",
    Grouping.AGENT: lambda run: run.agent_id,
    Grouping.PROJECT: lambda run: run.project_id,
    Grouping.HOUR: lambda run: run.created_at.strftime("%Y-%m-%dT%H:00:00Z"),
}


def naive(
    runs: Sequence[Known], query: MetricsQuery, project: ProjectId | None
) -> list[RunFigures]:
    """The oracle: look at every run and every step."""
    groups: dict[str, list[tuple[Run, list[KeptStep]]]] = defaultdict(list)
    for known in runs:
        run = known.run
        if not query.created_from <= run.created_at < query.created_before:
            continue
        if project not in (None, run.project_id):
            continue
        if run.is_synthetic and not query.include_synthetic:
            continue
        if query.grouping is Grouping.MODEL:
            for model in {step.model for step in known.steps} - {""}:
                groups[model].append((run, [one for one in known.steps if one.model == model]))
        else:
            groups[_GROUP[query.grouping](run)].append((run, known.steps))
    return [_add_up(group, groups[group]) for group in sorted(groups)]


def _add_up(group: str, members: Sequence[tuple[Run, list[KeptStep]]]) -> RunFigures:
    counts = {
        status.value: sum(run.status is status for run, _ in members) for _, status in ENDINGS
    }
    steps = [step for _, those in members for step in those]
    durations = sorted(
        max(0, (run.completed_at - run.started_at) // timedelta(milliseconds=1))
        for run, _ in members
        if run.started_at and run.completed_at
    )
    half, most, nearly_all = (_percentile(durations, share) for share in (50, 95, 99))
    return RunFigures(
        group=group,
        runs=len(members),
        **counts,
        input_tokens=sum(step.input_tokens for step in steps),
        output_tokens=sum(step.output_tokens for step in steps),
        cost_micro_usd=sum(step.cost_micro_usd for step in steps),
        durations_ms=(half, most, nearly_all),
    )


def _percentile(durations: Sequence[int], percent: int) -> int:
    return durations[-(-len(durations) * percent // 100) - 1] if durations else 0


def require_same(read: list[RunFigures], expected: list[RunFigures], about: str) -> None:
    exact = [item.name for item in fields(RunFigures) if item.name != "durations_ms"]
    assert [[getattr(one, name) for name in exact] for one in read] == [
        [getattr(one, name) for name in exact] for one in expected
    ], about
    for one, other in zip(read, expected, strict=True):
        for told, true in zip(one.durations_ms, other.durations_ms, strict=True):
            assert true <= told <= true * BUCKET_GROWTH, about
