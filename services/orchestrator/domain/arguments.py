"""What skills are given: said once, as a table, for the check and for the schema that is shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import InvalidField

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_BOUNDS = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}
_DEEPEST = 32
# What a step may be given, and so what it may say, in all.
MOST_CHARACTERS = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a skill."""

    name: str
    # A type of JSON Schema; empty for anything.
    type: str
    doc: str
    required: bool = False
    # Of a number its value, of a text or list its length.
    at_least: int | None = None
    at_most: int | None = None


def schema_of(arguments: Sequence[Argument]) -> dict[str, Any]:
    """The arguments as a JSON Schema."""
    return {
        "type": "object",
        "properties": {one.name: _property(one) for one in arguments},
        "required": [one.name for one in arguments if one.required],
        "additionalProperties": False,
    }


def check_arguments(
    arguments: Sequence[Argument], given: Mapping[str, Any], *, field: str, final: bool
) -> None:
    """Refuse what a skill cannot be given; unless it is final, what another step will say may be.

    Raises:
        InvalidField: an argument is unknown, missing, or not of its kind.
    """
    known = {one.name: one for one in arguments}
    for name in given:
        if name not in known:
            raise InvalidField.named(
                f"{field}.{name}", f"is no argument of the skill; there are {', '.join(known)}"
            )
    for one in arguments:
        if one.name in given:
            _check(one, given[one.name], f"{field}.{one.name}", final=final)
        elif one.required:
            raise InvalidField.named(f"{field}.{one.name}", "is missing")


def is_reference(value: Any) -> bool:
    """Whether a value stands for what another step will say."""
    return isinstance(value, dict) and value.keys() == {"from"} and isinstance(value["from"], str)


def references(value: Any, depth: int = 0) -> Iterator[str]:
    """The steps whose outputs a value takes.

    Raises:
        InvalidField: the value is nested too deeply to be looked through.
    """
    if depth > _DEEPEST:
        raise InvalidField.named("plan", f"arguments are nested more than {_DEEPEST} deep")
    if is_reference(value):
        yield value["from"]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from references(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, depth + 1)


def problem_of_size(value: Any) -> str:
    """Why a value is more than a step may be given; empty when it is not.

    Outputs may hold each other many times over and take no room until somebody writes them down.
    """
    room, waiting = MOST_CHARACTERS, [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _DEEPEST:
            return f"nested more than {_DEEPEST} deep"
        room -= len(one) + 2 if isinstance(one, str) else 4
        if isinstance(one, dict):
            room -= sum(len(name) + 2 for name in one)
            waiting += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in one]
        if room < 0:
            return f"more than {MOST_CHARACTERS:,} characters long"
    return ""


def resolved(value: Any, outputs: Mapping[str, Any]) -> Any:
    """The value with outputs in place of what stood for them."""
    if is_reference(value):
        return outputs[value["from"]]
    if isinstance(value, dict):
        return {name: resolved(inner, outputs) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, outputs) for inner in value]
    return value


def _property(one: Argument) -> dict[str, Any]:
    said: dict[str, Any] = {"description": one.doc}
    if one.type:
        said["type"] = one.type
    low, high = _BOUNDS.get(one.type, ("minimum", "maximum"))
    if one.at_least is not None:
        said[low] = one.at_least
    if one.at_most is not None:
        said[high] = one.at_most
    return said


def _check(one: Argument, value: Any, field: str, *, final: bool) -> None:
    if not one.type or (is_reference(value) and not final):
        return
    # In JSON true is no number, in Python it is.
    if isinstance(value, bool) or not isinstance(value, _TYPES[one.type]):
        raise InvalidField.named(field, f"must be of type {one.type}")
    measured: Any = len(value) if isinstance(value, str | list | dict) else value
    if one.at_least is not None and measured < one.at_least:
        raise InvalidField.named(field, f"must be at least {one.at_least}")
    if one.at_most is not None and measured > one.at_most:
        raise InvalidField.named(field, f"must be at most {one.at_most}")
