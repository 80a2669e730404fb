"""What was found in an output, how sure that is, and whether it may stop anything."""

import math
from dataclasses import dataclass
from enum import StrEnum

# Below it a finding is kept apart: more often wrong than right on the labelled set.
DEFAULT_FLOOR = 0.5
_LONGEST_SHOWN = 80


class FindingType(StrEnum):
    """What is the matter with a passage."""

    UNSUPPORTED_FIGURE = "UNSUPPORTED_FIGURE"
    UNSUPPORTED_NAME = "UNSUPPORTED_NAME"
    MISQUOTE = "MISQUOTE"
    UNKNOWN_CITATION = "UNKNOWN_CITATION"
    UNKNOWN_LINK = "UNKNOWN_LINK"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"
    UNSUPPORTED_CLAIM = "UNSUPPORTED_CLAIM"
    CONTRADICTION = "CONTRADICTION"
    JUDGED = "JUDGED"


# These look at what the run retrieved, and say nothing where it retrieved nothing.
NEED_DOCUMENTS = frozenset(
    {
        FindingType.UNSUPPORTED_FIGURE,
        FindingType.UNSUPPORTED_NAME,
        FindingType.MISQUOTE,
        FindingType.UNKNOWN_CITATION,
        FindingType.UNKNOWN_LINK,
        FindingType.UNSUPPORTED_CLAIM,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A passage of an output, what is the matter with it, and how sure that is."""

    type: FindingType
    # Exactly what stands in the output from `start` to `end`, counted in characters.
    passage: str
    start: int
    end: int
    reason: str
    # From 0 to 1.
    confidence: float
    # What it contradicts, where there is one.
    document_id: str = ""
    step_index: int | None = None
    # Whose verdict it is, where a judge was asked.
    judge: str = ""


def may_block(finding: Finding, *, opt_in: bool, floor: float | None) -> bool:
    """Whether a finding may stop a run: a guess never does unless a policy asked for it."""
    if not opt_in or floor is None:
        return False
    return finding.confidence >= floor


def confidence(start: float, *doubts: float) -> float:
    """How sure a check is if nothing speaks against it, times a factor for each thing that does."""
    return round(max(0.0, min(1.0, start * math.prod(doubts))), 2)


def shown(text: str) -> str:
    """A text as it can stand in a sentence: short, on one line, and possible to encode."""
    line = " ".join(
        "".join(letter if letter.isprintable() else " " for letter in text[:400]).split()
    )
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"
