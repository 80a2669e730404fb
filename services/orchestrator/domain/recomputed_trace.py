"""The trace of a run, recomputed from the bytes of its steps, a few of them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kernel.merkle import CompactRange, leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStep:
    """A step as activity keeps it."""

    index: int
    # The bytes that were hashed when it was recorded.
    kept: bytes
    leaf_hash: bytes
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTrace:
    """What activity says of a trace as a whole."""

    trace_id: str
    step_count: int
    # In hexadecimal; empty until it is sealed.
    root_hash: str


@dataclass(slots=True, kw_only=True)
class RecomputedTrace:
    """What the steps lead to; only hashes of what was taken are remembered."""

    # The first step that is not what was hashed, or not where it belongs; empty when there is none.
    first_fault: str = ""
    late_count: int = 0
    _tree: CompactRange = field(default_factory=CompactRange)

    @property
    def step_count(self) -> int:
        """How many steps there were, without late ones."""
        return self._tree.size

    @property
    def root(self) -> str:
        """The root over the hashes of the steps, in hexadecimal."""
        return self._tree.root().hex()

    def take(self, steps: Sequence[KeptStep]) -> None:
        """Take the next steps, in their order."""
        for step in steps:
            self._notice(step)
            if step.late:
                # It came after the seal, so it is no part of the root.
                self.late_count += 1
            else:
                self._tree.append(step.leaf_hash)

    def _notice(self, step: KeptStep) -> None:
        if self.first_fault:
            return
        name = f"The late step {step.index}" if step.late else f"Step {step.index}"
        if not step.late and step.index != self._tree.size:
            self.first_fault = f"Step {self._tree.size} is not there; {step.index} follows."
        elif leaf_hash(step.kept) != step.leaf_hash:
            self.first_fault = f"{name} is not what was hashed when it was recorded."
