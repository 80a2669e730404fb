"""Take in spans: many exports at once, one transaction, each export its own answer.

This is a hot path. Exports are gathered into a batch because a commit costs the same for one span
as for a thousand. The head of each trace is locked, so that indices are given out without gaps and
a span that comes twice, even to two replicas at once, is one step.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from kernel.clock import Clock
from kernel.identifiers import RunId, TenantId
from kernel.principal import Actor, Principal
from services.activity.domain import otel_run
from services.activity.domain.events import RunCreated, RunEnded
from services.activity.domain.otel_run import Origin
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import Run
from services.activity.domain.trace import KeptStep, Trace, TraceHead
from services.activity.usecases.end_observed import end_observed
from services.activity.usecases.observed_ports import (
    Claim,
    KeepSpan,
    ObservedRepository,
    OtelKey,
    SpanKey,
    SpanPlace,
)
from services.activity.usecases.ports import HeadChange, PlacedStep, UnitOfWork

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Spans of one trace, and what their exporter says about itself."""

    origin: Origin
    spans: list[ObservedSpan]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSpans:
    """Spans that somebody reports, by the trace that they belong to."""

    principal: Principal
    traces: Mapping[bytes, Reported]

    def items(self) -> list[tuple[OtelKey, Reported]]:
        """The spans, by their trace among those of all tenants."""
        tenant_id = self.principal.tenant_id
        return [((tenant_id, trace_id), told) for trace_id, told in self.traces.items()]


@dataclass(slots=True)
class _Begun:
    """A run that begins with this batch, as it will be written."""

    run: Run
    trace: Trace
    head: TraceHead
    # Whether its first spans are such that the closing job has to look at it.
    due: bool

    @classmethod
    def of(cls, key: OtelKey, command: IngestSpans, reported: Reported, now: datetime) -> "_Begun":
        """What begins with these spans."""
        run = otel_run.begin(command.principal, reported.origin, reported.spans, at=now)
        trace, head = otel_run.begin_trace(run, key[1])
        due = any(span.is_root or span.meaning.is_agent for span in reported.spans)
        return cls(run=run, trace=trace, head=head, due=due)

    def claim(self, key: OtelKey) -> Claim:
        """What makes the run the one of its trace."""
        return Claim(key=key, run_id=self.run.id, trace_id=self.trace.id, due=self.due)


@dataclass(slots=True)
class _Batch:
    """What a batch has found and decided so far."""

    heads: dict[OtelKey, TraceHead] = field(default_factory=dict)
    begun: dict[OtelKey, _Begun] = field(default_factory=dict)
    # Who was first, in this batch, to report of a trace.
    actors: dict[OtelKey, Actor] = field(default_factory=dict)
    recorded: set[SpanKey] = field(default_factory=set)
    next_indices: dict[OtelKey, int] = field(default_factory=dict)
    fresh: dict[OtelKey, list[KeptStep]] = field(default_factory=dict)
    places: list[SpanPlace] = field(default_factory=list)
    # Roots end their runs at once; agents may turn out to be the top of a trace without a root.
    roots: dict[OtelKey, ObservedSpan] = field(default_factory=dict)
    agents: set[OtelKey] = field(default_factory=set)

    def due(self) -> set[OtelKey]:
        """The traces that the closing job has to look at and does not know of yet."""
        known = {key for key, begun in self.begun.items() if begun.due}
        return (self.roots.keys() | self.agents) - known


async def ingest_batch(
    commands: Sequence[IngestSpans],
    *,
    units_of_work: OpenUnitOfWork,
    keep: KeepSpan,
    clock: Clock,
    grace_seconds: float,
) -> list[int | Exception]:
    """Record the spans of many exports in one commit; answer each with how many were refused."""
    tenants = sorted({command.principal.tenant_id for command in commands})
    now = clock.now()
    async with units_of_work(*tenants) as unit_of_work:
        batch = await _find(commands, unit_of_work.observed, now, grace_seconds)
        refused: list[int | Exception] = [_record(command, batch, keep) for command in commands]
        await _write_begun(batch, unit_of_work, now)
        await _write_steps(batch, unit_of_work)
        await _end_others(batch, unit_of_work, now)
        if batch.due():
            await unit_of_work.observed.look_again(batch.due(), seconds=grace_seconds)
        await unit_of_work.commit()
    return refused


async def _find(
    commands: Sequence[IngestSpans], observed: ObservedRepository, now: datetime, grace: float
) -> _Batch:
    """Lock what is known of the traces, and begin those that are not known."""
    batch = _Batch()
    first: dict[OtelKey, tuple[IngestSpans, Reported]] = {}
    spans: dict[OtelKey, set[bytes]] = {}
    for command in commands:
        for key, reported in command.items():
            first.setdefault(key, (command, reported))
            spans.setdefault(key, set()).update(span.span_id for span in reported.spans)
    batch.actors = {key: command.principal.actor for key, (command, _) in first.items()}
    batch.heads = await observed.hold(first.keys())
    unknown = sorted(first.keys() - batch.heads.keys())
    if unknown:
        begun = {key: _Begun.of(key, *first[key], now) for key in unknown}
        claimed = await observed.claim(
            [one.claim(key) for key, one in begun.items()], seconds=grace
        )
        batch.begun = {key: begun[key] for key in unknown if key in claimed}
        # What is missing here, another replica saw first; it has committed by now.
        lost = begun.keys() - batch.begun.keys()
        batch.heads |= await observed.hold(lost) if lost else {}
    known = {key: spans[key] for key in batch.heads}
    batch.recorded = await observed.recorded(known) if known else set()
    batch.heads |= {key: begun.head for key, begun in batch.begun.items()}
    return batch


def _record(command: IngestSpans, batch: _Batch, keep: KeepSpan) -> int:
    """Make steps of the spans that are none yet; return how many may not be recorded."""
    refused = 0
    bound = command.principal.project_id
    for key, reported in command.items():
        if bound not in (None, batch.heads[key].project_id):
            refused += len(reported.spans)
        else:
            _record_trace(key, reported.spans, batch, keep)
    return refused


def _record_trace(
    key: OtelKey, spans: Sequence[ObservedSpan], batch: _Batch, keep: KeepSpan
) -> None:
    head = batch.heads[key]
    index = batch.next_indices.get(key, head.next_index)
    steps = batch.fresh.setdefault(key, [])
    for span in spans:
        name = (*key, span.span_id)
        if name in batch.recorded:
            continue
        batch.recorded.add(name)
        steps.append(keep(span, index, head.inspection))
        batch.places.append(SpanPlace(key=key, span=span, step_index=index))
        index += 1
        if span.is_root:
            batch.roots.setdefault(key, span)
        elif span.meaning.is_agent:
            batch.agents.add(key)
    batch.next_indices[key] = index


async def _write_begun(batch: _Batch, unit_of_work: UnitOfWork, now: datetime) -> None:
    """Write the runs that begin here, those that also end here as they are in the end."""
    if not batch.begun:
        return
    last: list[Run] = []
    for key, begun in batch.begun.items():
        root, actor = batch.roots.get(key), batch.actors[key]
        states = [] if root is None else otel_run.ended_by(begun.run, root, at=now)
        unit_of_work.announce(RunCreated(run=begun.run), actor=actor)
        if states:
            unit_of_work.announce(RunEnded(run=states[-1]), actor=actor, before=begun.run)
        last += states[-1:] or [begun.run]
    await unit_of_work.runs.add_all(last)
    await unit_of_work.traces.add_all([(begun.trace, begun.head) for begun in batch.begun.values()])


async def _write_steps(batch: _Batch, unit_of_work: UnitOfWork) -> None:
    fresh: list[PlacedStep] = []
    late: list[PlacedStep] = []
    changes: list[HeadChange] = []
    for key, steps in sorted(batch.fresh.items()):
        head = batch.heads[key]
        placed = [
            PlacedStep(tenant_id=head.tenant_id, trace_id=head.trace_id, kept=step)
            for step in steps
        ]
        (late if head.sealed else fresh).extend(placed)
        if steps and not head.sealed:
            changes.append(_change(head, batch.next_indices[key], steps))
    await unit_of_work.traces.write(fresh, late=False)
    await unit_of_work.traces.write(late, late=True)
    await unit_of_work.traces.advance(changes)
    if batch.places:
        await unit_of_work.observed.place(batch.places)


def _change(head: TraceHead, next_index: int, steps: Sequence[KeptStep]) -> HeadChange:
    return HeadChange(
        tenant_id=head.tenant_id,
        trace_id=head.trace_id,
        next_index=next_index,
        input_tokens=sum(step.input_tokens for step in steps),
        output_tokens=sum(step.output_tokens for step in steps),
        cost_micro_usd=sum(step.cost_micro_usd for step in steps),
    )


async def _end_others(batch: _Batch, unit_of_work: UnitOfWork, now: datetime) -> None:
    """End the runs, begun before this batch, whose roots have come; note that the others live."""
    alive: dict[TenantId, list[RunId]] = {}
    for key, head in sorted(batch.heads.items()):
        if key in batch.begun or head.sealed or not batch.fresh.get(key):
            continue
        root = batch.roots.get(key)
        if root is None:
            alive.setdefault(head.tenant_id, []).append(head.run_id)
            continue
        run = await unit_of_work.runs.hold(head.tenant_id, head.run_id)
        assert run is not None, "the head of a trace has a run"
        states = otel_run.ended_by(run, root, at=now)
        await end_observed(run, states, unit_of_work, actor=batch.actors[key])
    for tenant_id, run_ids in alive.items():
        await unit_of_work.runs.beat(tenant_id, run_ids)
