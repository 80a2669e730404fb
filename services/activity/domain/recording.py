"""What happens to steps that arrive for a trace: a pure decision, so that a batch can make many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.activity.domain.errors import StepConflict, StepGap
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep, TraceHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Which of the steps are new, where the trace goes on, and whether they came too late."""

    fresh: Sequence[KeptStep]
    next_index: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStep:
    """A step that is there, found by its name."""

    index: int
    content_hash: bytes
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an appended step stands, and what is to be written if it is new."""

    index: int
    late: bool
    fresh: KeptStep | None


# Writes a step as it is kept, once it is known at which index it stands and what may be kept of it.
WriteStep = Callable[[int, InspectionConstraints], KeptStep]


def record(
    head: TraceHead,
    known: Mapping[int, bytes],
    named: Mapping[str, NamedStep],
    steps: Sequence[KeptStep],
) -> Recording:
    """Decide about steps of one trace; `known` and `named` are those already there.

    Raises:
        StepConflict: an index or a name is taken by other content.
        StepGap: a step before the first new one is missing.
    """
    names = dict(named)
    if head.sealed:
        fresh = [step for step in steps if _is_new_name(step, names, late=True)]
        return Recording(fresh=fresh, next_index=head.next_index, late=True)
    fresh = []
    hashes = dict(known)
    next_index = head.next_index
    for step in steps:
        if step.index < next_index:
            _require_same(step, hashes.get(step.index))
        elif step.index > next_index:
            raise StepGap(
                f"Step {step.index} came before step {next_index}. Send the missing ones first.",
                metadata={"index": str(step.index), "next_index": str(next_index)},
            )
        else:
            _is_new_name(step, names, late=False)
            fresh.append(step)
            hashes[step.index] = step.content_hash
            next_index += 1
    return Recording(fresh=fresh, next_index=next_index, late=False)


def append(
    head: TraceHead,
    named: Mapping[str, NamedStep],
    step_id: str,
    write: WriteStep,
    *,
    late_steps: int,
) -> Placement:
    """Number a step that comes next, unless it is there; `late_steps` came after the seal.

    Raises:
        StepConflict: the name is taken by other content.
    """
    earlier = named.get(step_id)
    if earlier is not None:
        # The index is part of what is hashed, so it is compared where it stands.
        if write(earlier.index, head.inspection).content_hash != earlier.content_hash:
            raise _taken(step_id)
        return Placement(index=earlier.index, late=earlier.late, fresh=None)
    index = head.next_index + (late_steps if head.sealed else 0)
    return Placement(index=index, late=head.sealed, fresh=write(index, head.inspection))


def named_as(step: KeptStep, *, late: bool) -> NamedStep:
    """How a step is found from now on."""
    return NamedStep(index=step.index, content_hash=step.content_hash, late=late)


def _is_new_name(step: KeptStep, names: dict[str, NamedStep], *, late: bool) -> bool:
    """Whether nothing with the step's name is there; from now on there is."""
    if not step.step_id:
        return True
    earlier = names.get(step.step_id)
    if earlier is None:
        names[step.step_id] = named_as(step, late=late)
        return True
    if (earlier.index, earlier.content_hash) != (step.index, step.content_hash):
        raise _taken(step.step_id)
    return False


def _taken(step_id: str) -> StepConflict:
    return StepConflict(
        f"The step {step_id} is recorded already with other content. Give it a new name.",
        metadata={"step_id": step_id},
    )


def _require_same(step: KeptStep, known: bytes | None) -> None:
    if known != step.content_hash:
        raise StepConflict(
            f"Step {step.index} is recorded already with other content. Give it a new index.",
            metadata={"index": str(step.index)},
        )
