"""Outcomes of steps as values: JSON of any shape, telemetry with its flat names, or plain words."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# As deep as anybody's answer is; what lies deeper is no text for people.
DEPTH = 12
# Numbers stay as they are written: a document says 1.50, not 1.5, and however long they are.
_decode = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False).decode
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_TELEMETRY = ("gen_ai.", "llm.", "output.", "otel.", "traceloop.", "retrieval.", "reranker.")
_EVENTS = "otel.events"


class Damaged(ValueError):
    """It begins as JSON and is none: what was taken out of it took a bracket along."""


def value_of(outcome: str) -> Any:
    """Read an outcome; words that are no JSON are words.

    Raises:
        Damaged: it is neither.
    """
    text = outcome.strip()
    try:
        return _decode(text) if text else ""
    except (ValueError, RecursionError):
        if text[0] in '{["':
            raise Damaged from None
        return text


def unfolded(text: str) -> Any:
    """What a text holds, if it is a JSON object or array itself; otherwise the text."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return value_of(text)
    except Damaged:
        return text


def clean(text: str) -> str:
    """A text that can be stored, as long as it was."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_telemetry(value: Mapping[str, Any]) -> bool:
    """Whether these are the attributes of a span."""
    return any(name.startswith(_TELEMETRY) for name in value)


def was_left_out(value: Any) -> bool:
    """Whether a span said more than is kept of it."""
    return isinstance(value, dict) and "aos.omitted_bytes" in value


def numbered(attributes: Mapping[str, Any], pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    """Names that hold their place in a list, in the order of their places.

    Each comes as its groups; the first of them is the place.
    """
    found = [match for name in attributes if (match := pattern.fullmatch(name))]
    found.sort(key=lambda match: (len(match[1]), match[1]))
    return [(match.string, *match.groups()) for match in found]


def events_in(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of a span: each one's name and attributes."""
    events = attributes.get(_EVENTS)
    for event in events if isinstance(events, list) else ():
        match event:
            case [str(name), dict(more)]:
                yield name, more
