"""Reshaping of values between steps: fields, pointers, texts. No expression is ever executed."""

import re
from collections.abc import Mapping
from typing import Any

from kernel.errors import InvalidField
from services.orchestrator.domain.arguments import is_reference
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.skill_failure import SkillFailed

_WAYS = ("pick", "pointer", "template")
MOST_CHARACTERS = 200_000
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


def check_transformation(given: Mapping[str, Any], field: str, final: bool) -> None:  # noqa: FBT001
    """Refuse a transformation that says nothing, or two things.

    Raises:
        InvalidField: not exactly one way is named, or it cannot be understood.
    """
    named = [way for way in _WAYS if way in given]
    if len(named) != 1:
        raise InvalidField.named(field, f"name exactly one of {', '.join(_WAYS)}")
    (way,) = named
    said = given[way]
    if is_reference(said) and not final:
        return
    if way == "pick" and not all(isinstance(name, str) for name in said):
        raise InvalidField.named(f"{field}.pick", "must be a list of names")
    if way == "pointer" and said and not said.startswith("/"):
        raise InvalidField.named(f"{field}.pointer", "must be empty or begin with /")
    if way == "template" and _lone_brace(said):
        raise InvalidField.named(f"{field}.template", "has a brace without its other half")


def transformed(given: Mapping[str, Any]) -> Any:
    """What becomes of the input.

    Raises:
        SkillFailed: the input has not what was named, or the text becomes too long.
    """
    source = given["input"]
    if "pick" in given:
        return {name: _field(source, name) for name in given["pick"]}
    if "pointer" in given:
        return pointed_at(source, given["pointer"])
    return _filled(given["template"], source)


def pointed_at(value: Any, pointer: str) -> Any:
    """The value that a JSON Pointer names (RFC 6901).

    Raises:
        SkillFailed: there is none.
    """
    for raw in pointer.split("/")[1:]:
        name = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            value = _field(value, name)
    return value


def as_text(value: Any) -> str:
    """A value as part of a text: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else write_json(value)


def _filled(template: str, source: Any) -> str:
    pieces: list[str] = []
    length, at = 0, 0
    for place in _PLACE.finditer(template):
        said = place.group()
        piece = said[0] if said in ("{{", "}}") else _said_at(source, place.group(1))
        pieces += [template[at : place.start()], piece]
        length += len(piece) + place.start() - at
        at = place.end()
        if length > MOST_CHARACTERS:
            raise SkillFailed(
                "TEXT_TOO_LONG", f"A text has at most {MOST_CHARACTERS:,} characters."
            )
    return "".join([*pieces, template[at:]])


def _said_at(source: Any, name: str) -> str:
    return as_text(
        pointed_at(source, name) if name.startswith("/") or not name else _field(source, name)
    )


def _field(value: Any, name: str) -> Any:
    if isinstance(value, dict) and name in value:
        return value[name]
    raise SkillFailed("NO_SUCH_FIELD", f"The input has no {name[:100]!r}.")


def _lone_brace(template: str) -> bool:
    return any(place.group() in ("{", "}") for place in _PLACE.finditer(template))
