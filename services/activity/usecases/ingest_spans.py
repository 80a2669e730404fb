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
from services.activity.domain import otel_run
from services.activity.domain.otel_run import Origin
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import Run
from services.activity.domain.trace import KeptStep, Trace, TraceHead
from services.activity.usecases.end_observed import announce_beginning, announce_states, end
from services.activity.usecases.observed_ports import Claim, KeepSpan, OtelKey, SpanPlace
from services.activity.usecases.ports import HeadChange, PlacedStep, UnitOfWork

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSpans:
    """Spans that an exporter reports, by the trace that they belong to."""

    origin: Origin
    traces: Mapping[bytes, Sequence[ObservedSpan]]

    def keys(self) -> list[OtelKey]:
        """The traces, among those of all tenants."""
        return [(self.origin.principal.tenant_id, trace_id) for trace_id in self.traces]


@dataclass(slots=True)
class _Begun:
    """A run that begins with this batch, as it will be written."""

    run: Run
    trace: Trace
    head: TraceHead


@dataclass(slots=True)
class _Batch:
    """What a batch has found and decided so far."""

    heads: dict[OtelKey, TraceHead] = field(default_factory=dict)
    begun: dict[OtelKey, _Begun] = field(default_factory=dict)
    origins: dict[OtelKey, Origin] = field(default_factory=dict)
    recorded: set[tuple[str, bytes, bytes]] = field(default_factory=set)
    next_indices: dict[OtelKey, int] = field(default_factory=dict)
    fresh: dict[OtelKey, list[KeptStep]] = field(default_factory=dict)
    places: list[SpanPlace] = field(default_factory=list)
    # Roots end their runs at once; agents may turn out to be the top of a trace without a root.
    roots: dict[OtelKey, ObservedSpan] = field(default_factory=dict)
    agents: set[OtelKey] = field(default_factory=set)


async def ingest_batch(
    commands: Sequence[IngestSpans],
    *,
    units_of_work: OpenUnitOfWork,
    keep: KeepSpan,
    clock: Clock,
    grace_seconds: float,
) -> list[int | Exception]:
    """Record the spans of many exports in one commit; answer each with how many were refused."""
    tenants = sorted({command.origin.principal.tenant_id for command in commands})
    now = clock.now()
    async with units_of_work(*tenants) as unit_of_work:
        batch = await _find(commands, unit_of_work, now)
        refused: list[int | Exception] = [_record(command, batch, keep) for command in commands]
        await _write_begun(batch, unit_of_work, now)
        await _write_steps(batch, unit_of_work)
        await _end_others(batch, unit_of_work, now)
        due = batch.roots.keys() | batch.agents
        if due:
            await unit_of_work.observed.look_again(due, seconds=grace_seconds)
        await unit_of_work.commit()
    return refused


async def _find(commands: Sequence[IngestSpans], unit_of_work: UnitOfWork, now: datetime) -> _Batch:
    """Lock what is known of the traces, and begin those that are not known."""
    batch = _Batch()
    observed = unit_of_work.observed
    spans: dict[OtelKey, list[ObservedSpan]] = {}
    for command in commands:
        for key, theirs in zip(command.keys(), command.traces.values(), strict=True):
            batch.origins.setdefault(key, command.origin)
            spans.setdefault(key, []).extend(theirs)
    batch.heads = await observed.hold(spans.keys())
    unknown = {
        key: _begin(batch.origins[key], key, spans[key], now)
        for key in spans.keys() - batch.heads.keys()
    }
    claimed = (
        await observed.claim([_claim(key, begun) for key, begun in unknown.items()])
        if unknown
        else set()
    )
    batch.begun = {key: unknown[key] for key in sorted(claimed)}
    lost = unknown.keys() - claimed
    if lost:
        # Another replica saw these traces first; it has committed by now.
        batch.heads |= await observed.hold(lost)
    known = {key: {span.span_id for span in spans[key]} for key in batch.heads}
    batch.recorded = await observed.recorded(known) if known else set()
    batch.heads |= {key: begun.head for key, begun in batch.begun.items()}
    return batch


def _begin(origin: Origin, key: OtelKey, spans: Sequence[ObservedSpan], now: datetime) -> _Begun:
    run = otel_run.begin(origin, spans, at=now)
    trace, head = otel_run.begin_trace(run, key[1])
    return _Begun(run=run, trace=trace, head=head)


def _claim(key: OtelKey, begun: _Begun) -> Claim:
    return Claim(key=key, run_id=begun.run.id, trace_id=begun.trace.id)


def _record(command: IngestSpans, batch: _Batch, keep: KeepSpan) -> int:
    """Make steps of the spans that are none yet; return how many may not be recorded."""
    refused = 0
    bound = command.origin.principal.project_id
    for key, spans in zip(command.keys(), command.traces.values(), strict=True):
        if bound not in (None, batch.heads[key].project_id):
            refused += len(spans)
        else:
            _record_trace(key, spans, batch, keep)
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
        batch.places.append(
            SpanPlace(
                key=key,
                span_id=span.span_id,
                parent_span_id=span.parent_span_id,
                step_index=index,
            )
        )
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
        actor = batch.origins[key].principal.actor
        announce_beginning(begun.run, begun.trace, unit_of_work, actor=actor)
        root = batch.roots.get(key)
        states = (
            []
            if root is None
            else otel_run.endings(begun.run, failed=root.failed, ended_at=root.ended_at, at=now)
        )
        announce_states(begun.run, states, unit_of_work, actor=actor)
        last.append(states[-1] if states else begun.run)
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
    alive: dict[str, list[TraceHead]] = {}
    for key, head in sorted(batch.heads.items()):
        if key in batch.begun or head.sealed or not batch.fresh.get(key):
            continue
        root = batch.roots.get(key)
        if root is None:
            alive.setdefault(head.tenant_id, []).append(head)
            continue
        actor = batch.origins[key].principal.actor
        await end(head, root, unit_of_work, actor=actor, at=now)
    for heads in alive.values():
        await unit_of_work.runs.beat(heads[0].tenant_id, [head.run_id for head in heads])
