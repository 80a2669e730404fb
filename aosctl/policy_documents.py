"""Policies as people keep them in files: YAML in the shape of a policy's body, with examples.

Names of enums are written without their prefix, in capitals or not. Everything that is wrong is
told at once, each with its place.
"""

import dataclasses
import difflib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import yaml

from aos.policies.v1 import policy_service_pb2
from aosctl.errors import OperatorError
from aosctl.named_files import read_text
from kernel.errors import InvalidField
from servicekit.interceptors.validation import validate
from services.policies.api.policy_messages import from_body, to_body
from services.policies.domain.action import Action, action_named
from services.policies.domain.body_rules import violations
from services.policies.domain.counting import StepKind
from services.policies.domain.errors import ActionRenamed
from services.policies.domain.policy_body import PolicyBody, ScopeType


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleStep:
    """A step that somebody wants to take, as it would be asked about."""

    kind: StepKind = StepKind.MODEL_CALL
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    plane_id: str = ""
    content: str = ""
    # What the safety classifier would say; there is none at hand.
    safety_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a policy is expected to do about a step."""

    name: str
    expect: Action
    step: ExampleStep = ExampleStep()
    # Where limits stand before the step, by their names.
    used: Mapping[str, int] = field(default_factory=dict)
    # The limit or content rule that is expected to be the reason.
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument(PolicyBody):
    """A policy in a file: what it says, and examples of what it does."""

    examples: tuple[Example, ...] = ()

    @property
    def body(self) -> PolicyBody:
        """What it says, in the one form that it is kept in."""
        fields = (item.name for item in dataclasses.fields(PolicyBody))
        said = PolicyBody(**{name: getattr(self, name) for name in fields})
        return to_body(from_body(said))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a document, and where."""

    place: str
    description: str

    def __str__(self) -> str:
        return f"{self.place}: {self.description}" if self.place else self.description


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document of a file: a policy, or what is wrong with it."""

    title: str
    policy: PolicyDocument | None
    problems: tuple[Problem, ...]


def read_documents(path: Path) -> list[ReadDocument]:
    """Read every policy of a file; they are parted by `---`."""
    try:
        documents = [one for one in yaml.safe_load_all(read_text(path)) if one is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise OperatorError(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    if not documents:
        raise OperatorError(f"{path} holds no policy. `aos policy schema` says how one looks.")
    return [_document(plain, f"{path}#{number}") for number, plain in enumerate(documents, 1)]


def sound_documents(path: Path) -> list[PolicyDocument]:
    """Every policy of a file, or all that is wrong with them."""
    read = read_documents(path)
    problems = [f"{one.title}: {problem}" for one in read for problem in one.problems]
    if problems:
        raise OperatorError("\n  ".join(["The policies cannot be used:", *problems]))
    return [one.policy for one in read if one.policy is not None]


def _document(plain: Any, place: str) -> ReadDocument:
    named = plain.get("name") if isinstance(plain, dict) else None
    title = named if isinstance(named, str) and named else place
    reader = _Reader()
    policy = reader.entity(PolicyDocument, plain, "")
    if policy is None or reader.problems:
        return ReadDocument(title=title, policy=None, problems=tuple(reader.problems))
    problems = tuple(_unsound(policy))
    return ReadDocument(title=title, policy=policy, problems=problems)


def _unsound(policy: PolicyDocument) -> Iterator[Problem]:
    """What the plane would refuse, told here in the same words."""
    try:
        body = policy.body
    except ValueError:
        yield Problem(place="", description="holds a number or character that is out of range")
        return
    request = policy_service_pb2.CreatePolicyRequest(
        request_id="00000000-0000-0000-0000-000000000000", body=from_body(body)
    )
    try:
        validate(request)
    except InvalidField as error:
        for violation in error.violations:
            yield Problem(place=_own_place(violation.field), description=violation.description)
        return
    # Which tenant it will be for is known by whoever applies it.
    tenant_id = body.scope.ids[0] if body.scope.type is ScopeType.TENANT and body.scope.ids else ""
    for violation in violations(body, tenant_id=tenant_id):
        yield Problem(place=_own_place(violation.field), description=violation.description)
    known = {limit.name for limit in body.limits}
    for index, example in enumerate(policy.examples):
        for name in sorted(set(example.used) - known):
            yield Problem(
                place=f"examples[{index}].used.{name}", description="there is no such limit"
            )


def _own_place(field_path: str) -> str:
    return field_path.removeprefix("body.")


class _Reader:
    """Makes entities of plain values, and notes what does not fit."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def entity(self, kind: type[Any], plain: Any, place: str) -> Any:
        if not isinstance(plain, dict):
            return self._wrong(place, "must be a mapping of names to values")
        hints = typing.get_type_hints(kind)
        fields = {item.name: item for item in dataclasses.fields(kind)}
        for name in plain:
            if name not in fields:
                self._unknown(place, str(name), list(fields))
        values: dict[str, Any] = {}
        for name, item in fields.items():
            if name in plain:
                values[name] = self._value(hints[name], plain[name], _below(place, name))
            elif item.default is MISSING and item.default_factory is MISSING:
                self._wrong(_below(place, name), "is missing")
        return kind(**values) if not self.problems else None

    def _value(self, hint: Any, plain: Any, place: str) -> Any:
        origin = typing.get_origin(hint)
        if origin is tuple:
            return self._sequence(typing.get_args(hint)[0], plain, place)
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(plain, place)
        if dataclasses.is_dataclass(hint):
            return self.entity(typing.cast("type[Any]", hint), plain, place)
        if issubclass(hint, Enum):
            return self._named(hint, plain, place)
        fits = isinstance(plain, hint) and (hint is bool or not isinstance(plain, bool))
        return plain if fits else self._wrong(place, f"must be {_WORDS[hint]}")

    def _sequence(self, hint: Any, plain: Any, place: str) -> Any:
        if not isinstance(plain, list):
            return self._wrong(place, "must be a list")
        return tuple(self._value(hint, one, f"{place}[{index}]") for index, one in enumerate(plain))

    def _mapping(self, plain: Any, place: str) -> Any:
        if not isinstance(plain, dict) or not all(type(one) is int for one in plain.values()):
            return self._wrong(place, "must be a mapping of names to whole numbers")
        return {str(name): value for name, value in plain.items()}

    def _named(self, kind: type[Enum], plain: Any, place: str) -> Any:
        name = str(plain).upper()
        try:
            return action_named(name) if issubclass(kind, IntEnum) else kind[name]
        except ActionRenamed as error:
            return self._wrong(place, error.violations[0].description)
        except KeyError:
            known = ", ".join(kind.__members__)
            return self._wrong(place, f"is {plain}; it must be one of {known}")

    def _unknown(self, place: str, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        self._wrong(_below(place, name), f"is not known here; {meant}")

    def _wrong(self, place: str, description: str) -> None:
        self.problems.append(Problem(place=place, description=description))


_WORDS = {str: "text", int: "a whole number", bool: "true or false"}


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
