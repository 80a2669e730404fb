"""The provider `scripted`: models that answer by rules, always alike, and reach nobody.

For plans that are tried out, for demonstrations and for tests. `scripted/echo` repeats its prompt,
`scripted/planner` makes the plan that asks `scripted/echo`; rules go before either.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from servicekit.config import ConfigError
from services.orchestrator.domain.model_call import (
    ModelRequest,
    ModelTerms,
    script_problem,
    tokens_of,
)
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.usecases.run_ports import ModelAnswer

NAME = "scripted"
_TERMS = ModelTerms(
    most_output_tokens=4096,
    # A millionth of a dollar for each token that goes in, and four for each that comes out.
    input_micro_usd_per_million=1_000_000,
    output_micro_usd_per_million=4_000_000,
)
_BYTES_A_TOKEN = 4
Rule = Mapping[str, Any]


class ScriptedModels:
    """Answers by the first rule whose text stands in the prompt; rules of the call go first."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)

    def terms(self, model: str) -> ModelTerms:
        """Return what a model may say and costs.

        Raises:
            SkillFailed: there is no such model.
        """
        if not model.startswith(f"{NAME}/"):
            raise SkillFailed("MODEL_UNKNOWN", f"{NAME} has no model {model[:100]}.")
        return _TERMS

    async def __call__(self, request: ModelRequest) -> ModelAnswer:
        """Answer.

        Raises:
            SkillFailed: a rule says that the model does not.
        """
        rule = self._rule(request)
        # A model takes its time; whoever waits for it may break off.
        await asyncio.sleep(rule.get("after_ms", 0) / 1000)
        if rule.get("fails"):
            raise SkillFailed("MODEL_FAILED", str(rule["fails"]))
        text = _cut(str(rule["answer"]), request.max_output_tokens)
        tokens = request.input_tokens, tokens_of(text)
        return ModelAnswer(
            text=text,
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            cost_micro_usd=_TERMS.cost(*tokens),
        )

    def _rule(self, request: ModelRequest) -> Rule:
        for rule in (*request.script, *self._rules):
            if str(rule.get("contains", "")) in request.prompt:
                return {"answer": "", **rule}
        if request.model == f"{NAME}/planner":
            return {"answer": _plan(request.prompt)}
        return {"answer": request.prompt}


def read_rules(text: str) -> list[Rule]:
    """Read the rules of a configuration.

    Raises:
        ValueError: they are none.
    """
    rules = json.loads(text) if text else []
    if not isinstance(rules, list):
        raise ValueError("it must be a JSON list")  # noqa: TRY004 - a setting is right or wrong
    for rule in rules:
        if problem := script_problem(rule):
            raise ValueError(f"each of its rules {problem}")
    return rules


def configured_rules(text: str) -> list[Rule]:
    """The rules of our own configuration.

    Raises:
        ConfigError: they are none.
    """
    try:
        return read_rules(text)
    except ValueError as error:
        raise ConfigError(f"AOS_SCRIPTED_ANSWERS is wrong: {error}.") from error


def _plan(goal: str) -> str:
    arguments = {"model": f"{NAME}/echo", "prompt": goal}
    step = {"name": "answer", "skill": "llm_governed", "arguments": arguments}
    return json.dumps({"steps": [step]})


def _cut(text: str, most_tokens: int) -> str:
    return text.encode()[: most_tokens * _BYTES_A_TOKEN].decode(errors="ignore")
