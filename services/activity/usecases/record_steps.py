"""Record steps: many calls at once, one transaction, each call its own answer.

This is a hot path. Calls are gathered into a batch because a commit costs the same for one step as
for a thousand; heads are locked in one order, decisions are pure, and each kind of row is written
by one statement.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

from kernel.errors import InvalidField, ServiceError
from kernel.identifiers import ProjectId, TenantId, TraceId
from services.activity.domain.errors import TraceNotFound
from services.activity.domain.recording import (
    NamedStep,
    Placement,
    Recording,
    WriteStep,
    append,
    named_as,
    record,
)
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep, TraceHead
from services.activity.usecases.ports import (
    HeadChange,
    PlacedStep,
    StepName,
    TraceKey,
    TraceRepository,
    UnitOfWork,
)

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSteps:
    """Steps that somebody reports. What of them may be kept is known only with the trace."""

    tenant_id: TenantId
    # The project that the credential is bound to, if it is.
    project_id: ProjectId | None
    trace_id: TraceId
    lowest_index: int
    # Names of those that have one.
    step_ids: Sequence[str]
    keep: Callable[[InspectionConstraints], Sequence[KeptStep]]

    @property
    def key(self) -> TraceKey:
        """The trace, among those of all tenants."""
        return self.tenant_id, self.trace_id

    def trace_keys(self) -> Iterable[TraceKey]:
        """The traces that it is about."""
        return (self.key,)

    def step_names(self) -> Iterator[StepName]:
        """The steps that have names."""
        return ((*self.key, step_id) for step_id in self.step_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedStep:
    """A step that comes next in its trace, whatever its number."""

    trace_id: TraceId
    step_id: str
    write: WriteStep


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendSteps:
    """Steps of any traces of a tenant, to be numbered as they come."""

    tenant_id: TenantId
    # The project that the credential is bound to, if it is.
    project_id: ProjectId | None
    steps: Sequence[UnplacedStep]

    def trace_keys(self) -> Iterator[TraceKey]:
        """The traces that it is about."""
        return ((self.tenant_id, step.trace_id) for step in self.steps)

    def step_names(self) -> Iterator[StepName]:
        """The steps that have names; those without are refused."""
        return (
            (self.tenant_id, step.trace_id, step.step_id) for step in self.steps if step.step_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What became of each of the steps, in their order."""

    outcomes: Sequence[Placement | ServiceError]


Command = RecordSteps | AppendSteps
Answer = Recording | Appended
Outcome = Answer | Exception


@dataclass(slots=True)
class _Batch:
    """What a batch has decided so far."""

    heads: dict[TraceKey, TraceHead]
    known: dict[TraceKey, dict[int, bytes]]
    named: dict[TraceKey, dict[str, NamedStep]] = field(default_factory=dict)
    # How many steps came after the seal, for sealed traces that something is appended to.
    late_counts: dict[TraceKey, int] = field(default_factory=dict)
    fresh: list[PlacedStep] = field(default_factory=list)
    late: list[PlacedStep] = field(default_factory=list)
    # What the new steps of each trace add up to: input tokens, output tokens, cost.
    sums: dict[TraceKey, tuple[int, int, int]] = field(default_factory=dict)

    def take(
        self, key: TraceKey, steps: Sequence[KeptStep], *, tenant_id: TenantId, late: bool
    ) -> None:
        """Let new steps be written; the next call for the same trace goes on from here."""
        if not steps:
            return
        placed = [PlacedStep(tenant_id=tenant_id, trace_id=key[1], kept=step) for step in steps]
        (self.late if late else self.fresh).extend(placed)
        names = self.named.setdefault(key, {})
        names.update((step.step_id, named_as(step, late=late)) for step in steps if step.step_id)
        if late:
            self.late_counts[key] = self.late_counts.get(key, 0) + len(steps)
            return
        head = self.heads[key]
        self.heads[key] = replace(head, next_index=head.next_index + len(steps))
        known = self.known.setdefault(key, {})
        known.update((step.index, step.content_hash) for step in steps)
        self.sums[key] = _added(self.sums.get(key, (0, 0, 0)), steps)


async def record_batch(
    commands: Sequence[Command], *, units_of_work: OpenUnitOfWork
) -> list[Outcome]:
    """Record the steps of many calls in one commit; each call gets its own answer or error."""
    tenants = sorted({command.tenant_id for command in commands})
    async with units_of_work(*tenants) as unit_of_work:
        traces = unit_of_work.traces
        heads = await traces.hold_heads(key for command in commands for key in command.trace_keys())
        batch = await _read(commands, heads, traces)
        outcomes: list[Outcome] = [_decide(command, batch) for command in commands]
        await traces.write(batch.fresh, late=False)
        await traces.write(batch.late, late=True)
        await traces.advance([_change(key, batch) for key in sorted(batch.sums)])
        await unit_of_work.commit()
    return outcomes


async def _read(
    commands: Sequence[Command], heads: dict[TraceKey, TraceHead], traces: TraceRepository
) -> _Batch:
    """Find what of the steps may be there already; most are not, and then nothing is asked."""
    repeats = _repeats(commands, heads)
    batch = _Batch(heads=heads, known=await traces.hashes_from(repeats) if repeats else {})
    names = sorted(
        {name for command in commands for name in command.step_names() if name[:2] in heads}
    )
    sealed = [name for name in names if heads[name[:2]].sealed]
    found = await traces.named(names, late=False) if names else {}
    if sealed:
        found = await traces.named(sealed, late=True) | found
        batch.late_counts = await traces.late_counts(name[:2] for name in sealed)
    for (tenant_id, trace_id, step_id), step in found.items():
        batch.named.setdefault((tenant_id, trace_id), {})[step_id] = step
    return batch


def _repeats(commands: Sequence[Command], heads: dict[TraceKey, TraceHead]) -> dict[TraceKey, int]:
    """The lowest index of each trace that may already be recorded."""
    lowest: dict[TraceKey, int] = {}
    for command in commands:
        if isinstance(command, AppendSteps):
            continue
        head = heads.get(command.key)
        if head is not None and not head.sealed and command.lowest_index < head.next_index:
            lowest[command.key] = min(
                command.lowest_index, lowest.get(command.key, head.next_index)
            )
    return lowest


def _decide(command: Command, batch: _Batch) -> Outcome:
    if isinstance(command, AppendSteps):
        return Appended(outcomes=[_append(step, command, batch) for step in command.steps])
    try:
        return _record(command, batch)
    except ServiceError as error:
        return error


def _record(command: RecordSteps, batch: _Batch) -> Recording:
    key = command.key
    head = _visible(command, key, batch)
    steps = command.keep(head.inspection)
    recording = record(head, batch.known.get(key, {}), batch.named.get(key, {}), steps)
    batch.take(key, recording.fresh, tenant_id=command.tenant_id, late=recording.late)
    return recording


def _append(step: UnplacedStep, command: AppendSteps, batch: _Batch) -> Placement | ServiceError:
    key = (command.tenant_id, step.trace_id)
    try:
        if not step.step_id:
            raise InvalidField.named("step.step_id", "is needed to tell a repetition from a step")
        head = _visible(command, key, batch)
        placement = append(
            head,
            batch.named.get(key, {}),
            step.step_id,
            step.write,
            late_steps=batch.late_counts.get(key, 0),
        )
    except ServiceError as error:
        return error
    if placement.fresh is not None:
        batch.take(key, [placement.fresh], tenant_id=command.tenant_id, late=placement.late)
    return placement


def _visible(command: Command, key: TraceKey, batch: _Batch) -> TraceHead:
    head = batch.heads.get(key)
    if head is None or command.project_id not in (None, head.project_id):
        raise TraceNotFound.of(key[1])
    return head


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
