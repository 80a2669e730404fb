"""What a managed run is to do: steps, in an order that their outputs demand. Pure.

``{"from": "name"}`` anywhere in the arguments of a step stands for the output of that step, which
comes before it then. A plan is checked before anything of its run is made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import InvalidField
from services.orchestrator.domain.arguments import references, resolved
from services.orchestrator.domain.skill import Skill

MOST_STEPS = 100
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
# The decision at the start of a run is called so.
_TAKEN_NAMES = frozenset({"start"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of a plan."""

    name: str
    skill: str
    arguments: Mapping[str, Any]
    after: tuple[str, ...] = ()
    # The steps whose outputs it takes. Looked for once: arguments may be long, and plans are asked
    # over and over which step comes next.
    takes: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "takes", frozenset(references(self.arguments)))

    @property
    def comes_after(self) -> frozenset[str]:
        """The steps that must be done before it begins."""
        return self.takes.union(self.after)

    def given(self, outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its arguments, with what the others said."""
        filled: Mapping[str, Any] = resolved(self.arguments, outputs)
        return filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of a run."""

    steps: tuple[PlanStep, ...]

    def ready(self, done: frozenset[str]) -> list[PlanStep]:
        """The steps that may begin, always in the order of the plan."""
        return [step for step in self.steps if step.name not in done and step.comes_after <= done]

    def wanted(self, done: frozenset[str]) -> frozenset[str]:
        """The done steps whose outputs what remains still takes."""
        rest = [step for step in self.steps if step.name not in done]
        return frozenset(name for step in rest for name in step.takes) & done

    def output(self, outputs: Mapping[str, Any]) -> Any:
        """What the run has produced: what no other step took; of one step as it is."""
        taken = {name for step in self.steps for name in step.takes}
        last = [step.name for step in self.steps if step.name not in taken]
        if len(last) == 1:
            return outputs[last[0]]
        return {name: outputs[name] for name in last}


def check_plan(plan: Plan, skills: Mapping[str, Skill]) -> None:
    """Refuse a plan that nobody can execute.

    Raises:
        InvalidField: a skill is unknown, a name is there twice or not at all, steps wait for each
            other, or arguments are not what their skill takes.
    """
    if not plan.steps:
        raise InvalidField.named("plan.steps", "a plan has at least one step")
    if len(plan.steps) > MOST_STEPS:
        raise InvalidField.named("plan.steps", f"a plan has at most {MOST_STEPS} steps")
    names: set[str] = set()
    for place, step in enumerate(plan.steps):
        _check_name(step.name, names, f"plan.steps[{place}].name")
        names.add(step.name)
    for place, step in enumerate(plan.steps):
        _check_step(step, names, skills, f"plan.steps[{place}]")
    _refuse_loops(plan)


def _check_name(name: str, names: set[str], field: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidField.named(field, "must be lower-case letters, digits, - and _")
    if name in _TAKEN_NAMES:
        raise InvalidField.named(field, f"{name!r} is what the plane calls something of its own")
    if name in names:
        raise InvalidField.named(field, f"{name!r} is the name of another step as well")


def _check_step(step: PlanStep, names: set[str], skills: Mapping[str, Skill], field: str) -> None:
    skill = skills.get(step.skill)
    if skill is None:
        known = ", ".join(sorted(skills))
        raise InvalidField.named(f"{field}.skill", f"{step.skill!r} is no skill; there are {known}")
    unknown = sorted(step.comes_after - names)
    if unknown:
        where = "after" if unknown[0] in step.after else "arguments_json"
        raise InvalidField.named(f"{field}.{where}", f"there is no step {unknown[0]!r}")
    skill.check(step.arguments, field=f"{field}.arguments_json")


def _refuse_loops(plan: Plan) -> None:
    done: frozenset[str] = frozenset()
    while ready := plan.ready(done):
        done |= {step.name for step in ready}
    stuck = [step.name for step in plan.steps if step.name not in done]
    if stuck:
        raise InvalidField.named(
            "plan.steps", f"wait for each other, so none of them can begin: {', '.join(stuck)}"
        )
