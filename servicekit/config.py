"""Settings from the environment: typed, documented, all problems named at once.

A service's settings are one frozen dataclass whose fields are made by :func:`setting`. The same
class is read by the process, printed by ``--print-config`` and checked against the deployment.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args

SettingsType = TypeVar("SettingsType")


class ConfigError(Exception):
    """Some settings cannot be used; the message says which and what would be right."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows itself in logs, errors or printed settings."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "********"


def setting(variable: str, doc: str, *, default: Any = MISSING) -> Any:
    """Declare a field that is read from an environment variable."""
    metadata = {"variable": variable, "doc": doc}
    if default is MISSING:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def load(
    settings: type[SettingsType], environment: Mapping[str, str] | None = None
) -> SettingsType:
    """Read the settings; every broken or missing value is named in one error."""
    variables = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    problems: list[str] = []
    for item in dataclasses.fields(settings):  # type: ignore[arg-type]
        try:
            values[item.name] = _read(item, variables)
        except ValueError as error:
            problems.append(f"{item.metadata['variable']}: {error}")
    if problems:
        raise ConfigError("Settings are not usable. " + " ".join(f"{p}." for p in problems))
    return settings(**values)


def describe(settings: Any) -> list[tuple[str, str, str]]:
    """Every variable with its present value (secrets hidden) and what it means."""
    return [
        (item.metadata["variable"], str(getattr(settings, item.name)), item.metadata["doc"])
        for item in dataclasses.fields(settings)
    ]


def _read(item: "dataclasses.Field[Any]", variables: Mapping[str, str]) -> Any:
    text = variables.get(item.metadata["variable"], "")
    if text:
        return _PARSERS[_type_name(item)](text)
    if item.default is not MISSING:
        return item.default
    if item.default_factory is not MISSING:
        return item.default_factory()
    raise ValueError(f"must be set ({item.metadata['doc']})")


def _type_name(item: "dataclasses.Field[Any]") -> str:
    """The name of the type that a text is made into; one that may be None is read as what else."""
    kinds = [kind for kind in get_args(item.type) if kind is not NoneType]
    kind = kinds[0] if kinds else item.type
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


def _flag(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in known:
        raise ValueError(f"{text!r} is neither true nor false")
    return known[text.lower()]


def _number(kind: Callable[[str], Any], noun: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"{text!r} is not {noun}") from None

    return parse


def _existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError(f"there is no file {text!r}")
    return path


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    if any(not (name and value) for name, _, value in pairs):
        raise ValueError(f"{text!r} is not a list like name=value,name=value")
    return {name.strip(): value.strip() for name, _, value in pairs}


_PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _number(int, "a whole number"),
    "float": _number(float, "a number"),
    "bool": _flag,
    "Path": _existing_file,
    "Secret": Secret,
    "dict": _pairs,
}
