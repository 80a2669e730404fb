"""What is known of the output of a step while it is made; kept by whoever listens to it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from services.policies.domain.action import Action
from services.policies.domain.decision import ContentFinding, Fault
from services.policies.domain.passage import Passage, Window
from services.policies.usecases.inspect_content import Inspected

# How often the gate is looked at although nothing was found: a killed run says no more.
LOOKS_AT_THE_GATE_EVERY = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChunk:
    """A piece of output."""

    tenant_id: str
    run_id: str
    step_id: str
    text: str
    # Tokens that have come out so far, this piece included; 0 where nobody counts.
    output_tokens: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputAnswer:
    """What is to be done about a piece of output, and the decision if one was made."""

    action: Action
    decision: Any = None


@dataclass(slots=True, kw_only=True)
class OutputProgress:
    """How far the output of one step is."""

    chunks: int = 0
    window: Window = field(default_factory=Window)
    told: set[ContentFinding | Fault] = field(default_factory=set)
    # Tokens that may come out by what is reserved; None where nothing limits them.
    granted: int | None = None
    # The last number under which something was decided about it.
    decided: int = 0
    # What was answered when it had to end; nothing after it is answered otherwise.
    ended: OutputAnswer | None = None
    text_hash: Any = field(default_factory=hashlib.sha256)

    def taken_in(self, chunk: OutputChunk) -> Passage:
        """What is to be looked at with a further piece."""
        self.chunks += 1
        self.text_hash.update(chunk.text.encode())
        return self.window.with_more(chunk.text, ends=chunk.last)

    def news(self, inspected: Inspected) -> Inspected:
        """What was not told before."""
        return Inspected(
            content_hash=inspected.content_hash,
            found=tuple(dict.fromkeys(one for one in inspected.found if one not in self.told)),
            faults=tuple(dict.fromkeys(one for one in inspected.faults if one not in self.told)),
        )

    def wants_decision(self, chunk: OutputChunk, news: Inspected) -> bool:
        """Whether there is anything that might change how it goes on."""
        return (
            self.chunks == 1
            or bool(news.found or news.faults)
            or (self.granted is not None and chunk.output_tokens > self.granted)
            or not self.chunks % LOOKS_AT_THE_GATE_EVERY
        )

    def question_hash(self, chunk: OutputChunk) -> bytes:
        """Knows a repetition of the same output in the same pieces."""
        said = f"{chunk.run_id}\0{chunk.step_id}\0{self.chunks}\0{chunk.output_tokens}\0"
        return hashlib.sha256(said.encode() + self.text_hash.digest()).digest()
