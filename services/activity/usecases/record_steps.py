"""Record steps: many calls at once, one transaction, each call its own answer.

This is a hot path. Calls are gathered into a batch because a commit costs the same for one step as
for a thousand; heads are locked in one order, decisions are pure, and each kind of row is written
by one statement.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

from kernel.errors import ServiceError
from kernel.identifiers import ProjectId, TenantId, TraceId
from services.activity.domain.errors import TraceNotFound
from services.activity.domain.recording import Recording, record
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep, TraceHead
from services.activity.usecases.ports import HeadChange, PlacedStep, TraceKey, UnitOfWork

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSteps:
    """Steps that somebody reports. What of them may be kept is known only with the trace."""

    tenant_id: TenantId
    # The project that the credential is bound to, if it is.
    project_id: ProjectId | None
    trace_id: TraceId
    lowest_index: int
    keep: Callable[[InspectionConstraints], Sequence[KeptStep]]

    @property
    def key(self) -> TraceKey:
        """The trace, among those of all tenants."""
        return self.tenant_id, self.trace_id


Outcome = Recording | Exception


@dataclass(slots=True)
class _Batch:
    """What a batch has decided so far."""

    heads: dict[TraceKey, TraceHead]
    known: dict[TraceKey, dict[int, bytes]]
    fresh: list[PlacedStep] = field(default_factory=list)
    late: list[PlacedStep] = field(default_factory=list)
    # What the new steps of each trace add up to: input tokens, output tokens, cost.
    sums: dict[TraceKey, tuple[int, int, int]] = field(default_factory=dict)


async def record_batch(
    commands: Sequence[RecordSteps], *, units_of_work: OpenUnitOfWork
) -> list[Outcome]:
    """Record the steps of many calls in one commit; each call gets its own answer or error."""
    tenants = sorted({command.tenant_id for command in commands})
    async with units_of_work(*tenants) as unit_of_work:
        traces = unit_of_work.traces
        heads = await traces.hold_heads(command.key for command in commands)
        repeats = _repeats(commands, heads)
        batch = _Batch(heads=heads, known=await traces.hashes_from(repeats) if repeats else {})
        outcomes = [_decide(command, batch) for command in commands]
        await traces.write(batch.fresh, late=False)
        await traces.write(batch.late, late=True)
        await traces.advance([_change(key, batch) for key in sorted(batch.sums)])
        await unit_of_work.commit()
    return outcomes


def _repeats(
    commands: Sequence[RecordSteps], heads: dict[TraceKey, TraceHead]
) -> dict[TraceKey, int]:
    """The lowest index of each trace that may already be recorded."""
    lowest: dict[TraceKey, int] = {}
    for command in commands:
        head = heads.get(command.key)
        if head is not None and not head.sealed and command.lowest_index < head.next_index:
            lowest[command.key] = min(
                command.lowest_index, lowest.get(command.key, head.next_index)
            )
    return lowest


def _decide(command: RecordSteps, batch: _Batch) -> Outcome:
    head = batch.heads.get(command.key)
    if head is None or command.project_id not in (None, head.project_id):
        return TraceNotFound.of(command.trace_id)
    known = batch.known.setdefault(command.key, {})
    try:
        recording = record(head, known, command.keep(head.inspection))
    except ServiceError as error:
        return error
    placed = [
        PlacedStep(tenant_id=command.tenant_id, trace_id=command.trace_id, kept=step)
        for step in recording.fresh
    ]
    (batch.late if recording.late else batch.fresh).extend(placed)
    if placed and not recording.late:
        # The next call for the same trace in this batch goes on from here.
        known.update((step.index, step.content_hash) for step in recording.fresh)
        batch.heads[command.key] = replace(head, next_index=recording.next_index)
        batch.sums[command.key] = _added(batch.sums.get(command.key, (0, 0, 0)), recording.fresh)
    return recording


def _added(sums: tuple[int, int, int], steps: Sequence[KeptStep]) -> tuple[int, int, int]:
    given, received, cost = sums
    return (
        given + sum(step.input_tokens for step in steps),
        received + sum(step.output_tokens for step in steps),
        cost + sum(step.cost_micro_usd for step in steps),
    )


def _change(key: TraceKey, batch: _Batch) -> HeadChange:
    given, received, cost = batch.sums[key]
    return HeadChange(
        tenant_id=key[0],
        trace_id=key[1],
        next_index=batch.heads[key].next_index,
        input_tokens=given,
        output_tokens=received,
        cost_micro_usd=cost,
    )
