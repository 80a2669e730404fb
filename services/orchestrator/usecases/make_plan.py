"""Make a plan from a goal: a governed call of a model, whose answer is checked like any plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kernel.errors import InvalidField
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.plan import check_plan
from services.orchestrator.domain.plan_text import read_plan
from services.orchestrator.domain.skill import GOVERNED_MODEL, Skill
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.usecases.run_ports import Estimate, Executor, SkillCall, Used

# What its step is called; no step of a plan can be called so.
PLANNER = "planner#1"
_SYSTEM = (
    "Make a plan. Answer with one JSON object and nothing else: "
    '{"steps": [{"name": …, "skill": …, "arguments": {…}, "after": […]}]}. '
    'A value {"from": "name"} stands for the output of that step. The skills:\n'
)


class MakePlan:
    """Asks a model for a plan."""

    def __init__(self, *, invoke: Executor, model: str, skills: Mapping[str, Skill]) -> None:
        self._invoke = invoke
        self._model = model
        self._skills = skills

    def estimate(self, arguments: Mapping[str, Any]) -> Estimate:
        """Return what the call may use at most.

        Raises:
            SkillFailed: it cannot be made.
        """
        return self._invoke.estimate(self._asked(arguments))

    async def __call__(self, call: SkillCall) -> Used:
        """Ask.

        Raises:
            SkillFailed: the model did not answer, or not with a plan that can be executed.
        """
        used = await self._invoke(replace(call, arguments=self._asked(call.arguments)))
        try:
            plan = read_plan(used.output)
            check_plan(plan, self._skills)
        except InvalidField as error:
            raise SkillFailed("PLAN_INVALID", error.message, used=used) from error
        return used

    def _asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {
            name: {"description": skill.description, "arguments": skill.schema}
            for name, skill in self._skills.items()
        }
        return {
            "model": self._model,
            "system": _SYSTEM + write_json(known),
            "prompt": arguments["goal"],
            "max_output_tokens": 4096,
        }


PLANNER_SKILL = GOVERNED_MODEL
