"""Scenarios in files: read, and everything that is wrong with them told with its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aosctl.document_reader import DocumentReader, Problem, below, unknown
from aosctl.errors import OperatorError
from aosctl.named_files import read_text
from aosctl.policy_documents import PolicyDocument, unsound
from aosctl.scenario.document import DOMAINS, Cause, Effects, LearnLesson, Scenario, SubmitRun
from aosctl.scenario.looks import LOOKS
from aosctl.scenario.matching import impossible

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
# What can be expected of a list besides single things in it.
COUNT, SOME, NONE = "count", "some", "none"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong with a file, and in which line."""

    path: Path
    line: int
    problem: Problem

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScenario:
    """A file: a scenario, or what is wrong with it."""

    path: Path
    scenario: Scenario | None
    complaints: tuple[Complaint, ...]


def read_scenario(path: Path) -> ReadScenario:
    """Read the scenario of a file.

    Raises:
        OperatorError: The file cannot be read, or is not YAML.
    """
    text = read_text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        plain = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise OperatorError(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    reader = DocumentReader()
    scenario = reader.entity(Scenario, plain, "")
    problems = [*_said_twice(root, ""), *reader.problems]
    if scenario is not None:
        problems += _contradictory(scenario)
    complaints = tuple(
        Complaint(path=path, line=_line_of(root, one.place), problem=one) for one in problems
    )
    return ReadScenario(path=path, scenario=None if complaints else scenario, complaints=complaints)


def sound_scenarios(paths: Sequence[Path]) -> list[Scenario]:
    """The scenarios of files.

    Raises:
        OperatorError: Something is wrong with one of them; everything is named.
    """
    read = [read_scenario(path) for path in paths]
    complaints = [str(one) for each in read for one in each.complaints]
    if complaints:
        raise OperatorError("\n  ".join(["The scenarios cannot be played:", *complaints]))
    return [one.scenario for one in read if one.scenario is not None]


def _contradictory(scenario: Scenario) -> Iterator[Problem]:
    """What fits by itself, and not with the rest."""
    if not _NAME.fullmatch(scenario.name):
        yield Problem(place="name", description="must be lower case, digits and -, at most 80")
    for index, policy in enumerate(scenario.given.policies):
        yield from _of_policy(policy, f"given.policies[{index}]")
    known_policies = {policy.name for policy in scenario.given.policies}
    runs: list[str] = []
    for index, cause in enumerate(scenario.causes):
        yield from _of_cause(cause, f"causes[{index}]", runs, known_policies)
    for index, effects in enumerate(scenario.effects):
        yield from _of_effects(effects, f"effects[{index}]", runs)


def _of_policy(policy: PolicyDocument, place: str) -> Iterator[Problem]:
    for problem in unsound(policy):
        yield Problem(place=below(place, problem.place), description=problem.description)


def _of_cause(cause: Cause, place: str, runs: list[str], policies: set[str]) -> Iterator[Problem]:
    named = list(cause.named)
    if len(named) != 1:
        yield Problem(place=place, description="must name exactly one thing that happens")
        return
    name, what = named[0]
    place = below(place, name)
    if isinstance(what, SubmitRun):
        if what.name in runs:
            yield Problem(place=below(place, "name"), description=f"{what.name} is there already")
        runs.append(what.name)
    if isinstance(what, Effects):
        yield from _of_effects(what, place, runs)
        return
    yield from _of_names(what, place, runs, policies)
    document = what.policy if isinstance(what, LearnLesson) else getattr(what, "to", None)
    if isinstance(document, PolicyDocument):
        where = "policy" if isinstance(what, LearnLesson) else "to"
        yield from _of_policy(document, below(place, where))
    if isinstance(what, LearnLesson):
        policies.add(what.policy.name)


def _of_names(what: Any, place: str, runs: list[str], policies: set[str]) -> Iterator[Problem]:
    """Runs and policies that are spoken of must be there by then."""
    run = getattr(what, "run", None)
    if run is not None and ((run and run not in runs) or not runs):
        yield Problem(place=below(place, "run"), description=_not_there("run", run, runs))
    policy = getattr(what, "policy", None)
    if isinstance(policy, str) and policy not in policies:
        said = _not_there("policy", policy, sorted(policies))
        yield Problem(place=below(place, "policy"), description=said)


def _not_there(kind: str, name: str, known: Sequence[str]) -> str:
    return f"there is no {kind} {name or 'yet'}; known are {', '.join(known) or 'none'}"


def _of_effects(effects: Effects, place: str, runs: list[str]) -> Iterator[Problem]:
    if effects.of and effects.of not in runs:
        yield Problem(place=below(place, "of"), description=_not_there("run", effects.of, runs))
    for domain in DOMAINS:
        for name, expected in getattr(effects, domain).items():
            where = f"{place}.{domain}.{name}"
            look = LOOKS[domain].get(name)
            if look is None:
                yield Problem(place=where, description=unknown(name, list(LOOKS[domain])))
            elif not look.of_tenant and not runs:
                yield Problem(place=where, description="is of a run, and none was submitted")
            elif look.many:
                yield from _of_list(look.kind.DESCRIPTOR, expected, where)
            else:
                yield from impossible(look.kind.DESCRIPTOR, expected, where)


def _of_list(kind: Any, expected: Any, place: str) -> Iterator[Problem]:
    if not isinstance(expected, dict) or not expected:
        yield Problem(place=place, description="must say count, some or none")
        return
    for name, value in expected.items():
        where = below(place, str(name))
        if name == COUNT:
            if type(value) is not int:
                yield Problem(place=where, description="must be a whole number")
        elif name not in (SOME, NONE):
            yield Problem(place=where, description=unknown(str(name), [COUNT, SOME, NONE]))
        elif not isinstance(value, list):
            yield Problem(place=where, description="must be a list")
        else:
            for index, one in enumerate(value):
                yield from impossible(kind, one, f"{where}[{index}]")


def _said_twice(node: Any, place: str) -> Iterator[Problem]:
    """Names that stand twice in one mapping: the first would be forgotten without a word."""
    if isinstance(node, yaml.SequenceNode):
        for index, one in enumerate(node.value):
            yield from _said_twice(one, f"{place}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            where = below(place, str(key.value))
            if key.value in names:
                yield Problem(place=where, description="is said twice")
            names.add(key.value)
            yield from _said_twice(value, where)


def _line_of(node: Any, place: str) -> int:
    """The line of a place, or of the last part of it that is there."""
    line = 1 if node is None else node.start_mark.line + 1
    for name, number in _STEP.findall(place):
        if isinstance(node, yaml.SequenceNode) and number and int(number) < len(node.value):
            node = node.value[int(number)]
            line = node.start_mark.line + 1
            continue
        found = [pair for pair in getattr(node, "value", ()) if _is_named(pair, name)]
        if not found:
            break
        key, node = found[-1]
        line = key.start_mark.line + 1
    return line


def _is_named(pair: Any, name: str) -> bool:
    return isinstance(pair, tuple) and bool(name) and str(pair[0].value) == name
