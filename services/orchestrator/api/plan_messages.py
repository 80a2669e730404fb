"""Plans and skills as messages."""

from typing import Any

from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import decision_pb2
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.plan import Plan, PlanStep
from services.orchestrator.domain.plan_text import read_arguments
from services.orchestrator.domain.skill import Skill


def to_plan(request: Any) -> Plan | None:
    """Read what a run is to do; None if nothing is said.

    Raises:
        InvalidField: the arguments of a step are no JSON object.
    """
    if not request.HasField("plan"):
        return None
    return Plan(
        steps=tuple(
            PlanStep(
                name=step.name,
                skill=step.skill,
                arguments=read_arguments(
                    step.arguments_json, field=f"plan.steps[{place}].arguments_json"
                ),
                after=tuple(step.after),
            )
            for place, step in enumerate(request.plan.steps)
        )
    )


def from_skill(skill: Skill) -> run_pb2.Skill:
    """Write what a skill does and takes."""
    kind: Any = decision_pb2.StepKind.Value(f"STEP_KIND_{skill.kind}")
    return run_pb2.Skill(
        name=skill.name,
        description=skill.description,
        arguments_schema_json=write_json(skill.schema),
        kind=kind,
    )
