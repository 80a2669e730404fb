"""Plain values as people write them, made into entities; everything that does not fit is told."""

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Any

from services.policies.domain.action import Action, action_named
from services.policies.domain.errors import ActionRenamed


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a document, and where."""

    place: str
    description: str

    def __str__(self) -> str:
        return f"{self.place}: {self.description}" if self.place else self.description


class DocumentReader:
    """Makes entities of plain values, and notes what does not fit."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def entity(self, kind: type[Any], plain: Any, place: str) -> Any:
        """The entity that a mapping says, or nothing and a problem more."""
        if not isinstance(plain, dict):
            return self.wrong(place, "must be a mapping of names to values")
        hints = typing.get_type_hints(kind)
        fields = {item.name: item for item in dataclasses.fields(kind)}
        for name in plain:
            if name not in fields:
                self.wrong(below(place, str(name)), unknown(str(name), list(fields)))
        values: dict[str, Any] = {}
        for name, item in fields.items():
            if name in plain:
                values[name] = self._value(hints[name], plain[name], below(place, name))
            elif item.default is MISSING and item.default_factory is MISSING:
                self.wrong(below(place, name), "is missing")
        return kind(**values) if not self.problems else None

    def wrong(self, place: str, description: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(place=place, description=description))

    def _value(self, hint: Any, plain: Any, place: str) -> Any:
        origin = typing.get_origin(hint)
        if origin is types.UnionType:
            # What may be left out must fit where it is not.
            (hint,) = (one for one in typing.get_args(hint) if one is not type(None))
            return self._value(hint, plain, place)
        if origin is tuple:
            return self._sequence(typing.get_args(hint)[0], plain, place)
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(typing.get_args(hint)[1], plain, place)
        if dataclasses.is_dataclass(hint):
            return self.entity(typing.cast("type[Any]", hint), plain, place)
        if issubclass(hint, Enum):
            return self._named(hint, plain, place)
        fits = isinstance(plain, hint) and (hint is bool or not isinstance(plain, bool))
        return plain if fits else self.wrong(place, f"must be {_WORDS[hint]}")

    def _sequence(self, hint: Any, plain: Any, place: str) -> Any:
        if not isinstance(plain, list):
            return self.wrong(place, "must be a list")
        return tuple(self._value(hint, one, f"{place}[{index}]") for index, one in enumerate(plain))

    def _mapping(self, hint: Any, plain: Any, place: str) -> Any:
        """Numbers by their names, or whatever somebody else looks at more closely."""
        if hint is int and not _holds_numbers(plain):
            return self.wrong(place, "must be a mapping of names to whole numbers")
        if not isinstance(plain, dict):
            return self.wrong(place, "must be a mapping of names to values")
        return {str(name): value for name, value in plain.items()}

    def _named(self, kind: type[Enum], plain: Any, place: str) -> Any:
        name = str(plain).upper()
        try:
            return action_named(name) if kind is Action else kind[name]
        except ActionRenamed as error:
            return self.wrong(place, error.violations[0].description)
        except KeyError:
            known = ", ".join(kind.__members__)
            return self.wrong(place, f"is {plain}; it must be one of {known}")


def unknown(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is none, with the one that was probably meant."""
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"is not known here; {meant}"


def below(place: str, name: str) -> str:
    """The place of a name within a place."""
    return f"{place}.{name}" if place else name


def _holds_numbers(plain: Any) -> bool:
    return isinstance(plain, dict) and all(type(one) is int for one in plain.values())


_WORDS = {str: "text", int: "a whole number", bool: "true or false"}
