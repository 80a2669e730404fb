"""Plans and arguments as JSON: as they are kept, as a planner says them, as callers give them."""

from collections.abc import Mapping
from typing import Any

from kernel.errors import InvalidField
from services.orchestrator.domain.json_text import read_json, write_json
from services.orchestrator.domain.plan import Plan, PlanStep

MOST_BYTES = 262_144
_FIELDS = frozenset({"name", "skill", "arguments", "after"})


def read_arguments(text: str, *, field: str) -> Mapping[str, Any]:
    """Read the arguments of a step; none are an empty object.

    Raises:
        InvalidField: it is no JSON object.
    """
    value = read_json(text, field=field) if text else {}
    if not isinstance(value, dict):
        raise InvalidField.named(field, "must be a JSON object")
    return value


def read_plan(text: str) -> Plan:
    """Read a plan that a planner said, or that was kept.

    Raises:
        InvalidField: it is none; whether it can be executed is not looked at here.
    """
    value = read_json(text, field="plan")
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list):
        raise InvalidField.named("plan", "must be a JSON object with a list of steps")
    return Plan(steps=tuple(_step(one, place) for place, one in enumerate(value["steps"])))


def write_plan(plan: Plan) -> str:
    """Write a plan as it is kept.

    Raises:
        InvalidField: it is too large.
    """
    steps = [
        {
            "name": step.name,
            "skill": step.skill,
            "arguments": step.arguments,
            "after": list(step.after),
        }
        for step in plan.steps
    ]
    text = write_json({"steps": steps})
    if len(text) > MOST_BYTES:
        raise InvalidField.named("plan", f"must be at most {MOST_BYTES:,} bytes in all")
    return text


def _step(value: Any, place: int) -> PlanStep:
    field = f"plan.steps[{place}]"
    if not isinstance(value, dict) or not value.keys() <= _FIELDS:
        raise InvalidField.named(field, f"must be an object of {', '.join(sorted(_FIELDS))}")
    name, skill = value.get("name"), value.get("skill")
    arguments, after = value.get("arguments", {}), value.get("after", [])
    if not isinstance(name, str) or not isinstance(skill, str):
        raise InvalidField.named(field, "must name itself and its skill")
    if not isinstance(arguments, dict):
        raise InvalidField.named(f"{field}.arguments", "must be an object")
    if not isinstance(after, list) or not all(isinstance(one, str) for one in after):
        raise InvalidField.named(f"{field}.after", "must be a list of names")
    return PlanStep(name=name, skill=skill, arguments=arguments, after=tuple(after))
