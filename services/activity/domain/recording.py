"""What happens to steps that arrive for a trace: a pure decision, so that a batch can make many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.activity.domain.errors import StepConflict, StepGap
from services.activity.domain.trace import KeptStep, TraceHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Which of the steps are new, where the trace goes on, and whether they came too late."""

    fresh: Sequence[KeptStep]
    next_index: int
    late: bool


def record(head: TraceHead, known: Mapping[int, bytes], steps: Sequence[KeptStep]) -> Recording:
    """Decide about steps of one trace; `known` holds the hashes of those already there.

    Raises:
        StepConflict: an index is taken by other content.
        StepGap: a step before the first new one is missing.
    """
    if head.sealed:
        return Recording(fresh=steps, next_index=head.next_index, late=True)
    fresh: list[KeptStep] = []
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
            fresh.append(step)
            hashes[step.index] = step.content_hash
            next_index += 1
    return Recording(fresh=fresh, next_index=next_index, late=False)


def _require_same(step: KeptStep, known: bytes | None) -> None:
    if known != step.content_hash:
        raise StepConflict(
            f"Step {step.index} is recorded already with other content. Give it a new index.",
            metadata={"index": str(step.index)},
        )
