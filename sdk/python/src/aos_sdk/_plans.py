"""Plans and requests of managed runs, as the contract wants them."""

import uuid
from collections.abc import Sequence

from aos_sdk._checks import check_agent, check_text, invalid
from aos_sdk._contract import run_pb2, run_service_pb2
from aos_sdk._notes import as_json
from aos_sdk._values import PlanStep


def as_plan(steps: Sequence[PlanStep] | None) -> run_pb2.Plan | None:
    """Write a plan; None where a planner is to make it from the goal.

    Raises:
        Invalid: Arguments are no JSON object.
    """
    if steps is None:
        return None
    return run_pb2.Plan(
        steps=[
            run_pb2.PlanStep(
                name=step.name,
                skill=step.skill,
                arguments_json=as_json(dict(step.arguments), f"arguments of {step.name}"),
                after=step.after,
            )
            for step in steps
        ]
    )


def as_request_id(request_id: str | None) -> str:
    """A request id: the caller's own, so that a repetition finds what was made, or a fresh one.

    Raises:
        Invalid: It is no UUID.
    """
    if request_id is None:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(request_id))
    except ValueError:
        raise invalid("request_id", "must be a UUID") from None


def as_external_run(
    *, goal: str, agent: str, request_id: str | None, conversation: str, scenario: str
) -> run_service_pb2.CreateRunRequest:
    """Write the request for a run that the caller executes.

    Raises:
        Invalid: It is not one that the contract takes.
    """
    return run_service_pb2.CreateRunRequest(
        request_id=as_request_id(request_id),
        agent_id=check_agent(agent),
        goal=check_text(goal, "goal", least=1, most=16_384),
        mode=run_pb2.RUN_MODE_EXTERNAL,
        session_id=check_text(conversation, "conversation", most=200),
        synthetic_scenario_id=check_text(scenario, "synthetic_scenario_id", most=200),
    )
