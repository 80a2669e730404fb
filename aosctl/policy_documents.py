"""Policies as people keep them in files: YAML in the shape of a policy's body, with examples.

Names of enums are written without their prefix, in capitals or not. Everything that is wrong is
told at once, each with its place.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aos.policies.v1 import policy_service_pb2
from aosctl.document_reader import DocumentReader, Problem
from aosctl.errors import OperatorError
from aosctl.named_files import read_text
from kernel.errors import InvalidField
from servicekit.interceptors.validation import validate
from services.policies.api.policy_messages import from_body, to_body
from services.policies.domain.action import Action
from services.policies.domain.body_rules import violations
from services.policies.domain.counting import StepKind
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
    reader = DocumentReader()
    policy = reader.entity(PolicyDocument, plain, "")
    if policy is None or reader.problems:
        return ReadDocument(title=title, policy=None, problems=tuple(reader.problems))
    problems = tuple(unsound(policy))
    return ReadDocument(title=title, policy=policy, problems=problems)


def unsound(policy: PolicyDocument) -> Iterator[Problem]:
    """What the plane would refuse of a policy, told here in the same words."""
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
