"""What is looked at: an output, what its run had retrieved, and what it had said before."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A passage that the run retrieved."""

    id: str
    title: str = ""
    text: str = ""
    url: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a step of a run said."""

    step_index: int
    text: str
