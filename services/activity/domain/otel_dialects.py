"""Understands a span, in whichever dialect it was written: attributes in, meaning out."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.identifiers import is_id
from services.activity.domain import otel_names as names
from services.activity.domain.otel_span import Meaning

Attributes = Mapping[str, Any]
# An event of a span: its name and its attributes.
SpanEvent = tuple[str, Attributes]

# As long as the contract lets them be.
_NAME_LENGTH, _CATEGORY_LENGTH, _TEXT_BYTES = 200, 100, 65536
# Far beyond any honest count, and small enough for sums of millions of them.
_MOST_TOKENS = 10**10
_MOST_MICRO_USD = 10**12
# Tokens of an agent or a plan repeat what the calls below it report; counted twice they would
# double the bill.
_COUNTED = frozenset({names.LLM_CALL, names.EMBEDDING})
_EVENTS = "otel.events"
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def understand(
    name: str,
    attributes: Attributes,
    *,
    events: Sequence[SpanEvent] = (),
    failure: str = "",
    dropped: int = 0,
) -> Meaning:
    """Say what a span means; `failure` is its own word for what went wrong.

    `dropped` attributes were too many to be taken; the parameters say how many.
    """
    kind = kind_of(attributes)
    counted = kind in _COUNTED
    params, outcome = _texts(attributes, events, failure, dropped)
    return Meaning(
        kind=kind,
        skill_name=_skill(kind, name, attributes),
        model=_text(attributes, names.MODEL),
        provider=_text(attributes, names.PROVIDER),
        input_tokens=_tokens(attributes, names.INPUT_TOKENS) if counted else 0,
        output_tokens=_tokens(attributes, names.OUTPUT_TOKENS) if counted else 0,
        cost_micro_usd=_cost(attributes) if counted else 0,
        params_json=params,
        outcome_json=outcome,
        outcome_category=(_text(attributes, names.ERROR_TYPE) or _exception(events))[
            :_CATEGORY_LENGTH
        ],
        outcome_code=_text(attributes, names.OUTCOME_CODE)[:_CATEGORY_LENGTH],
        agent_name=_agent(kind, attributes),
        agent_id=identifier(attributes, names.AOS_AGENT, "agt"),
        session_id=_text(attributes, names.SESSION),
    )


def kind_of(attributes: Attributes) -> str:
    """What kind of step a span is."""
    for attribute, kinds in names.KINDS.items():
        value = attributes.get(attribute)
        if value is not None:
            return kinds.get(str(value).lower(), names.OTHER)
    asked = any(name in attributes for name in names.ASKED_MODEL)
    return names.LLM_CALL if asked else names.OTHER


def clean(value: Any) -> str:
    """A value as a short text that can be stored."""
    return str(value)[:_NAME_LENGTH].replace("\0", "\N{REPLACEMENT CHARACTER}")


def identifier(attributes: Attributes, name: str, prefix: str) -> str:
    """One of our own identifiers, or an empty text if there is none that could be one."""
    value = attributes.get(name)
    return value if isinstance(value, str) and is_id(value, prefix) else ""


def _text(attributes: Attributes, candidates: Sequence[str]) -> str:
    for name in candidates:
        value = attributes.get(name)
        if value not in (None, ""):
            return clean(value)
    return ""


def _number(attributes: Attributes, candidates: Sequence[str]) -> float | None:
    """The first of the names that holds a number which can be one."""
    for name in candidates:
        value = attributes.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _tokens(attributes: Attributes, candidates: Sequence[str]) -> int:
    return int(min(_number(attributes, candidates) or 0, _MOST_TOKENS))


def _cost(attributes: Attributes) -> int:
    dollars = _number(attributes, names.COST)
    if dollars is None:
        dollars = sum(_number(attributes, (part,)) or 0 for part in names.COST_PARTS)
    return round(min(dollars * 1_000_000, _MOST_MICRO_USD))


def _skill(kind: str, name: str, attributes: Attributes) -> str:
    candidates = {
        names.TOOL_CALL: (*names.TOOL, *names.ENTITY),
        names.SUB_RUN: (*names.AGENT, *names.ENTITY),
        names.RETRIEVAL: names.SOURCE,
        names.OTHER: names.ENTITY,
    }.get(kind, ())
    operation = (names.OPERATION, names.REQUEST_TYPE) if kind != names.OTHER else ()
    return _text(attributes, (*candidates, *operation)) or clean(name) or kind


def _agent(kind: str, attributes: Attributes) -> str:
    return _text(attributes, names.AGENT + (names.ENTITY if kind == names.SUB_RUN else ()))


def _exception(events: Sequence[SpanEvent]) -> str:
    found = [attributes for name, attributes in events if name == names.EXCEPTION_EVENT]
    return _text(found[-1], names.ERROR_TYPE) if found else ""


def _texts(
    attributes: Attributes, events: Sequence[SpanEvent], failure: str, dropped: int
) -> tuple[str, str]:
    """All that the span says, parted into what went in and what came out."""
    params: dict[str, Any] = {}
    outcome: dict[str, Any] = {}
    for name, value in attributes.items():
        (outcome if name.startswith(names.OUTCOMES) else params)[name] = value
    if events:
        given = [event for event in events if event[0] in names.INPUT_EVENTS]
        told = [event for event in events if event[0] not in names.INPUT_EVENTS]
        params.update({_EVENTS: given} if given else {})
        outcome.update({_EVENTS: told} if told else {})
    if failure:
        outcome["status.message"] = failure
    if dropped:
        params["aos.dropped_attributes"] = dropped
    return _json(params), _json(outcome)


def _json(side: Mapping[str, Any]) -> str:
    if not side:
        return ""
    text = _encode(side)
    if len(text) * 4 <= _TEXT_BYTES or len(text.encode()) <= _TEXT_BYTES:
        return text
    # A JSON value cannot be cut; what is too long is committed to by its hash instead.
    data = text.encode()
    return _encode(
        {"aos.omitted_bytes": len(data), "aos.omitted_sha256": hashlib.sha256(data).hexdigest()}
    )
