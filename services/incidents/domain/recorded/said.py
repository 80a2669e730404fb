"""What a model said, found in whatever shape somebody recorded its answer."""

import re
from collections.abc import Mapping
from typing import Any

from services.incidents.domain.recorded.values import (
    DEPTH,
    Damaged,
    clean,
    events_in,
    is_telemetry,
    numbered,
    unfolded,
    value_of,
    was_left_out,
)

# Where the words are, the closest to them first: in answers of providers, of frameworks, of others.
_WORDS = (
    "output_text",
    "text",
    "content",
    "parts",
    "message",
    "messages",
    "choices",
    "candidates",
    "generations",
    "completions",
    "completion",
    "output",
    "outputs",
    "final_answer",
    "answer",
    "response",
    "reply",
    "generated_text",
    "result",
    "kwargs",
    "data",
)
# What is in there beside what was said: what was asked, what was thought, what is to be called.
_NOT_SAID = frozenset(
    {
        "arguments",
        "documents",
        "error",
        "function_call",
        "history",
        "input",
        "inputs",
        "instructions",
        "metadata",
        "prompt",
        "prompts",
        "query",
        "question",
        "reasoning",
        "reasoning_content",
        "refusal",
        "sources",
        "thinking",
        "tool_calls",
        "tools",
        "usage",
    }
)
_PARTS_NOT_SAID = frozenset(
    {
        "function_call",
        "human",
        "reasoning",
        "redacted_thinking",
        "system",
        "thinking",
        "tool",
        "tool_call",
        "tool_calls",
        "tool_call_response",
        "tool_result",
        "tool_use",
        "user",
    }
)
_SPEAKERS = frozenset({"", "ai", "assistant", "model"})
# Fewer words than this under a name that nobody knows are a label rather than an answer.
_FEWEST_WORDS = 4
# One answer in pieces; what is not one of them stands apart.
_PIECES = frozenset({"content", "parts"})
_MESSAGES = "gen_ai.output.messages"
_LISTED = (
    re.compile(r"(?:gen_ai\.completion|llm\.completions)\.([0-9]+)\.(?:content|text)"),
    re.compile(r"llm\.output_messages\.([0-9]+)\.message\.content"),
    re.compile(r"llm\.output_messages\.([0-9]+\.message\.contents\.[0-9]+)\.message_content\.text"),
)
_TOLD = (_MESSAGES, "gen_ai.completion", "gen_ai.event.content", "message", "content")
_WHOLE = ("gen_ai.completion", "output.value", "traceloop.entity.output")


def said_in(outcome: str) -> str:
    """What a model said, or nothing where no words of it were kept."""
    try:
        value = value_of(outcome)
    except Damaged:
        # Half an answer, with the names of its fields in between, is nobody's words.
        return ""
    return "" if was_left_out(value) else clean("\n\n".join(_said(value, DEPTH))).strip()


def _said(value: Any, depth: int) -> list[str]:
    if depth == 0:
        return []
    if isinstance(value, str):
        held = unfolded(value)
        if isinstance(held, str):
            return [held] if held.strip() else []
        return _said(held, depth - 1)
    if isinstance(value, list):
        return [text for each in value for text in _said(each, depth - 1)]
    return _said_by(value, depth) if isinstance(value, dict) else []


def _said_by(value: Mapping[str, Any], depth: int) -> list[str]:
    if is_telemetry(value):
        return _told(value, depth)
    if not _speaks(value):
        return []
    for name in _WORDS:
        found = _said(value.get(name), depth - 1)
        if found:
            return _joined(name, found)
    return [
        text
        for name, each in value.items()
        if name.lower() not in _NOT_SAID
        for text in _said(each, depth - 1)
        if len(text.split()) >= _FEWEST_WORDS
    ]


def _joined(name: str, found: list[str]) -> list[str]:
    if name == "messages":
        # A conversation so far, of which this answer is the end.
        return found[-1:]
    return [" ".join(found)] if name in _PIECES else found


def _speaks(value: Mapping[str, Any]) -> bool:
    """Whether a part of an answer is words of the model, not its thoughts, nor somebody else's."""
    role, kind = str(value.get("role") or ""), str(value.get("type") or "")
    is_thought = value.get("thought") is True
    return role.lower() in _SPEAKERS and kind.lower() not in _PARTS_NOT_SAID and not is_thought


def _told(attributes: Mapping[str, Any], depth: int) -> list[str]:
    """What a span says of an answer, by the first of the ways in which it may say so."""
    found = _said(attributes.get(_MESSAGES), depth - 1)
    for pattern in _LISTED:
        names = [] if found else [match[0] for match in numbered(attributes, pattern)]
        found = found or [text for name in names for text in _said(attributes[name], depth - 1)]
    found = found or [
        text
        for name, told in events_in(attributes)
        if name.startswith("gen_ai.")
        for text in _told_of(told, _TOLD, depth)
    ]
    return found or _told_of(attributes, _WHOLE, depth)


def _told_of(attributes: Mapping[str, Any], names: tuple[str, ...], depth: int) -> list[str]:
    for name in names:
        found = _said(attributes.get(name), depth - 1)
        if found:
            return found
    return []
