"""What a run was shown and what it said, put together for the detector, within bounds."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.recorded.said import said_in
from services.incidents.domain.recorded.shown import in_one, shown_in

# As much as the contract of `ExamineOutput` takes. A text is shorter than what it takes by itself:
# activity keeps 64 KiB of an outcome.
MOST_DOCUMENTS, MOST_EARLIER = 200, 50
# What the detector reads in a few seconds.
MOST_CHARACTERS, MOST_EARLIER_CHARACTERS = 1_000_000, 300_000
# The last ones: what a run ends with is what somebody goes by.
MOST_OUTPUTS = 20
# Of a trace without end, what is held at a time.
MOST_HELD = 8_000_000


class StepKind(StrEnum):
    """What a step did, as far as it matters here."""

    LLM_CALL = "LLM_CALL"
    RETRIEVAL = "RETRIEVAL"
    TOOL_CALL = "TOOL_CALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """A step with what was kept of its outcome."""

    index: int
    kind: StepKind
    succeeded: bool
    started_at: datetime
    # Whether telemetry reported it: then its index is the order of arrival.
    observed: bool
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """An output, and what it is to be compared with."""

    output: Output
    documents: tuple[Document, ...]
    earlier: tuple[Output, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What of a trace is to be examined, and how much of it is not."""

    materials: tuple[Material, ...] = ()
    outputs_left_out: int = 0
    documents_left_out: int = 0


class TraceReader:
    """Takes the steps of a trace as they come, and holds the last of those that say something."""

    def __init__(self, *, most_held: int = MOST_HELD) -> None:
        self._most_held = most_held
        self._steps: deque[RecordedStep] = deque()
        self._held = 0
        self._let_go: Counter[StepKind] = Counter()

    def take(self, step: RecordedStep) -> None:
        """Read one more step."""
        # A retrieval counts also if nothing was kept of it: then nobody knows what it brought.
        if step.outcome or step.kind is StepKind.RETRIEVAL:
            self._steps.append(step)
            self._held += len(step.outcome)
        while self._held > self._most_held:
            first = self._steps.popleft()
            self._held -= len(first.outcome)
            self._let_go[first.kind] += 1

    def gathered(self, *, most_outputs: int = MOST_OUTPUTS) -> Gathered:
        """What was read, each output beside what its run was shown before."""
        shown = _Shown(whole=not self._let_go[StepKind.RETRIEVAL])
        said: list[Output] = []
        found: list[Material] = []
        for step in _in_order(self._steps):
            if step.kind is not StepKind.LLM_CALL:
                shown.add(step)
                continue
            text = said_in(step.outcome) if step.succeeded else ""
            if text:
                output = Output(step_index=step.index, text=text)
                found.append(
                    Material(output=output, documents=shown.documents, earlier=_last(said))
                )
                said.append(output)
        let_go = self._let_go[StepKind.LLM_CALL]
        return Gathered(
            materials=tuple(found[-most_outputs:]),
            outputs_left_out=max(0, len(found) - most_outputs) + let_go,
            documents_left_out=shown.left_out + self._let_go.total() - let_go,
        )


def _last(said: Sequence[Output]) -> tuple[Output, ...]:
    """As much of what was said last as an output is held against."""
    left, first = MOST_EARLIER_CHARACTERS, len(said)
    while first and len(said) - first < MOST_EARLIER and len(said[first - 1].text) <= left:
        first -= 1
        left -= len(said[first].text)
    return tuple(said[first:])


def _in_order(steps: Sequence[RecordedStep]) -> list[RecordedStep]:
    """Steps as they happened: spans come when they end, and from several exporters."""
    if any(step.observed for step in steps):
        return sorted(steps, key=lambda step: (step.started_at, step.index))
    return list(steps)


@dataclass(slots=True)
class _Shown:
    """What a run was shown so far."""

    # Whether everything that it retrieved is here. Otherwise what an output says may stand in what
    # is not, and to say that it stands nowhere would itself be made up.
    whole: bool
    retrieved: bool = False
    left_out: int = 0
    _documents: list[Document] = field(default_factory=list)
    _characters: int = 0

    @property
    def documents(self) -> tuple[Document, ...]:
        """What an output may be held against; nothing, unless something was retrieved.

        What tools answered supports an output, since the model was shown it. It is no reason by
        itself to look for support: a run that only calculates and writes files says a lot that
        stands in no tool's answer and is not invented either.
        """
        return tuple(self._documents) if self.whole and self.retrieved else ()

    def add(self, step: RecordedStep) -> None:
        """Take in what a retrieval or a tool brought."""
        is_retrieval = step.kind is StepKind.RETRIEVAL
        if is_retrieval and not step.succeeded:
            # What it says is why it failed; a failed tool's words are quoted all the same.
            return
        found = shown_in(step.outcome, step.index)
        if found is None:
            self.whole = self.whole and not is_retrieval
            return
        self._keep(found, step)
        self.retrieved = self.retrieved or (is_retrieval and bool(found))

    def _keep(self, found: tuple[Document, ...], step: RecordedStep) -> None:
        if found and len(self._documents) + len(found) > MOST_DOCUMENTS:
            found = (in_one(found, step.index),)
        size = sum(len(one.text) for one in found)
        fits = (
            len(self._documents) + len(found) <= MOST_DOCUMENTS
            and self._characters + size <= MOST_CHARACTERS
        )
        if not fits:
            self.left_out += len(found)
            self.whole = False
            return
        self._documents += found
        self._characters += size
