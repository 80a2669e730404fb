"""A governed call of a model: parameters cut to what is allowed, what is left out, how risky it is.

Pure and deterministic: the same arguments are always the same call, so that what was admitted is
what is sent, whoever executes it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import InvalidField
from kernel.inspection import pii_kinds, secret_kinds
from services.orchestrator.domain.arguments import is_reference
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.domain.transformation import MOST_CHARACTERS, as_text

_ALLOWED_OPTIONS = ("seed", "top_p")
_HIGHEST_TEMPERATURE = 1.0
_USUAL_OUTPUT_TOKENS = 1024
# A text has about so many bytes for each token, whatever the model.
_BYTES_A_TOKEN = 4
_MICRO = 1_000_000
# What makes a call risky, in points of a hundred, and from where on it is not made at all.
_SECRETS, _PERSONAL_DATA, _CLAMPED, _BLOCKED = 40, 20, 10, 20
RISK_CEILING = 90
_CODE_CHARACTERS = 100
# What a rule of the scripted provider may say.
_SCRIPTED = {"contains": str, "answer": str, "after_ms": int, "fails": str}
_LONGEST_THOUGHT_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTerms:
    """What a model may say at most, and what it costs."""

    most_output_tokens: int
    input_micro_usd_per_million: int
    output_micro_usd_per_million: int

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """What so many tokens cost, rounded up, in millionths of a US dollar."""
        spent = (
            input_tokens * self.input_micro_usd_per_million
            + output_tokens * self.output_micro_usd_per_million
        )
        return -(-spent // _MICRO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """What a provider is asked."""

    model: str
    prompt: str
    system: str
    max_output_tokens: int
    temperature: float
    options: Mapping[str, Any]
    # Answers of the scripted provider; others never see it.
    script: tuple[Mapping[str, Any], ...] = ()

    @property
    def input_tokens(self) -> int:
        """About how many tokens go in."""
        return tokens_of(self.system) + tokens_of(self.prompt)

    @property
    def content(self) -> str:
        """Everything that is sent, for content rules."""
        return f"{self.system}\n{self.prompt}" if self.system else self.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedCall:
    """A request within its bounds, and what was done to it."""

    request: ModelRequest
    # Names of the parameters that were cut down, and of those that were left out.
    clamped: tuple[str, ...]
    blocked: tuple[str, ...]
    risk_score: int

    @property
    def code(self) -> str:
        """What governance made of the call, in so few words that they can always be kept."""
        said = [f"risk {self.risk_score}"]
        said += [f"clamped {name}" for name in self.clamped]
        said += [f"blocked {name}" for name in self.blocked]
        return ", ".join(said)[:_CODE_CHARACTERS]

    def require_bearable(self) -> None:
        """Refuse a call that is too risky to be made.

        Raises:
            SkillFailed: it is.
        """
        if self.risk_score > RISK_CEILING:
            raise SkillFailed(
                "MODEL_CALL_TOO_RISKY",
                f"The call has a risk score of {self.risk_score}; {RISK_CEILING} is the most.",
            )


def check_script(given: Mapping[str, Any], field: str, final: bool) -> None:  # noqa: FBT001
    """Refuse scripted answers that are none.

    Raises:
        InvalidField: one of them is no object, or says what nobody understands.
    """
    script = given.get("script", [])
    if is_reference(script) and not final:
        return
    for place, rule in enumerate(script):
        problem = script_problem(rule)
        if problem:
            raise InvalidField.named(f"{field}.script[{place}]", problem)


def script_problem(rule: Any) -> str:
    """What is wrong with a scripted answer; empty when nothing is."""
    if not isinstance(rule, dict) or not rule.keys() <= _SCRIPTED.keys():
        return f"must be an object of {', '.join(sorted(_SCRIPTED))}"
    wrong = [name for name, value in rule.items() if type(value) is not _SCRIPTED[name]]
    if wrong:
        return f"{wrong[0]} must be of another type"
    if not 0 <= rule.get("after_ms", 0) <= _LONGEST_THOUGHT_MS:
        return f"after_ms must be between 0 and {_LONGEST_THOUGHT_MS:,}"
    return ""


def tokens_of(text: str) -> int:
    """About how many tokens a text has; never fewer than its length makes likely."""
    return -(-len(text.encode()) // _BYTES_A_TOKEN)


def requested(given: Mapping[str, Any]) -> ModelRequest:
    """The call as it was wished.

    Raises:
        SkillFailed: it is larger than can be looked at.
    """
    request = ModelRequest(
        model=given["model"],
        prompt=as_text(given["prompt"]),
        system=given.get("system", ""),
        max_output_tokens=given.get("max_output_tokens", _USUAL_OUTPUT_TOKENS),
        temperature=float(given.get("temperature", 0.0)),
        options=given.get("options", {}),
        script=tuple(given.get("script", ())),
    )
    if len(request.content) > MOST_CHARACTERS:
        raise SkillFailed(
            "PROMPT_TOO_LONG", f"A prompt has at most {MOST_CHARACTERS:,} characters."
        )
    return request


def governed(wished: ModelRequest, terms: ModelTerms) -> GovernedCall:
    """The call as it is made."""
    clamped = []
    tokens = min(wished.max_output_tokens, terms.most_output_tokens)
    if tokens != wished.max_output_tokens:
        clamped.append("max_output_tokens")
    temperature = min(max(wished.temperature, 0.0), _HIGHEST_TEMPERATURE)
    if not math.isclose(temperature, wished.temperature):
        clamped.append("temperature")
    blocked = tuple(sorted(name for name in wished.options if name not in _ALLOWED_OPTIONS))
    options = {name: value for name, value in wished.options.items() if name not in blocked}
    request = ModelRequest(
        model=wished.model,
        prompt=wished.prompt,
        system=wished.system,
        max_output_tokens=tokens,
        temperature=temperature,
        options=options,
        script=wished.script,
    )
    return GovernedCall(
        request=request,
        clamped=tuple(clamped),
        blocked=blocked,
        risk_score=_risk(request.content, len(clamped), len(blocked)),
    )


def _risk(content: str, clamped: int, blocked: int) -> int:
    score = _CLAMPED * clamped + _BLOCKED * min(blocked, 2)
    if secret_kinds(content):
        score += _SECRETS
    if pii_kinds(content):
        score += _PERSONAL_DATA
    return min(score, 100)
