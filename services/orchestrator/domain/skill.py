"""Skills: what managed runs can do, by governance profile.

Under any profile but the one that only observes there is one way to a model, and it is governed
(GAP-066). The registry is made once, when the process starts, and proven by the boot guard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kernel.profile import Profile
from services.orchestrator.domain.arguments import Argument, check_arguments, schema_of
from services.orchestrator.domain.model_call import check_script
from services.orchestrator.domain.transformation import check_transformation

GOVERNED_MODEL, PLAIN_MODEL = "llm_governed", "llm_invoke"
TRANSFORM, WAIT, ASK_PERSON = "transform", "wait", "ask_person"
MOST_OUTPUT_TOKENS = 1_000_000
LONGEST_WAIT_SECONDS = 30 * 24 * 3600


class SkillKind(StrEnum):
    """What kind of step a skill is, as policies count them."""

    MODEL_CALL = "MODEL_CALL"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill."""

    name: str
    description: str
    kind: SkillKind
    arguments: tuple[Argument, ...]
    reaches_model: bool = False
    governed: bool = True
    check_more: Callable[[Mapping[str, Any], str, bool], None] | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """What it is given, as a JSON Schema."""
        return schema_of(self.arguments)

    def check(self, given: Mapping[str, Any], *, field: str, final: bool = False) -> None:
        """Refuse arguments that it cannot work with; final ones stand for nothing else any more.

        Raises:
            InvalidField: one of them is to blame.
        """
        check_arguments(self.arguments, given, field=field, final=final)
        if self.check_more is not None:
            self.check_more(given, field, final)


_MODEL_ARGUMENTS = (
    Argument(
        name="model",
        type="string",
        doc="Provider and model, such as scripted/echo.",
        required=True,
        at_least=3,
        at_most=200,
    ),
    Argument(
        name="prompt",
        type="",
        doc="What the model is told; anything but a text is sent as JSON.",
        required=True,
    ),
    Argument(name="system", type="string", doc="What it is told first.", at_most=65_536),
    Argument(
        name="max_output_tokens",
        type="integer",
        doc="How much it may say; cut down to what the model may say at most.",
        at_least=1,
        at_most=MOST_OUTPUT_TOKENS,
    ),
    Argument(name="temperature", type="number", doc="How freely it speaks; cut down to 1."),
    Argument(
        name="options",
        type="object",
        doc="Further parameters; those that are not allowed are left out and named in the trace.",
        at_most=50,
    ),
    Argument(
        name="script",
        type="array",
        doc="Answers of the scripted provider: objects of contains and answer.",
        at_most=100,
    ),
)
_GOVERNED = Skill(
    name=GOVERNED_MODEL,
    description="Asks a model, within budgets, with parameters cut to what is allowed.",
    kind=SkillKind.MODEL_CALL,
    arguments=_MODEL_ARGUMENTS,
    reaches_model=True,
    check_more=check_script,
)
_PLAIN = Skill(
    name=PLAIN_MODEL,
    description="Asks a model as it is told to; only where nothing is governed.",
    kind=SkillKind.MODEL_CALL,
    arguments=_MODEL_ARGUMENTS,
    reaches_model=True,
    governed=False,
    check_more=check_script,
)
_ALWAYS = (
    _GOVERNED,
    Skill(
        name=TRANSFORM,
        description="Chooses fields, takes a value by its JSON Pointer, or fills in a text.",
        kind=SkillKind.OTHER,
        arguments=(
            Argument(name="input", type="", doc="What is worked on.", required=True),
            Argument(
                name="pick",
                type="array",
                doc="Names of the fields of an object to keep.",
                at_least=1,
                at_most=100,
            ),
            Argument(
                name="pointer",
                type="string",
                doc="JSON Pointer (RFC 6901) of the value to take.",
                at_most=1000,
            ),
            Argument(
                name="template",
                type="string",
                doc="Text with {name} or {/json/pointer} in it; {{ and }} are braces.",
                at_most=65_536,
            ),
        ),
        check_more=check_transformation,
    ),
    Skill(
        name=WAIT,
        description="Waits; holds no place meanwhile, and no restart makes it longer.",
        kind=SkillKind.OTHER,
        arguments=(
            Argument(
                name="seconds",
                type="integer",
                doc="How long.",
                required=True,
                at_least=0,
                at_most=LONGEST_WAIT_SECONDS,
            ),
        ),
    ),
    Skill(
        name=ASK_PERSON,
        description="Holds the run until a person has acknowledged; their comment is the output.",
        kind=SkillKind.OTHER,
        arguments=(
            Argument(
                name="question",
                type="string",
                doc="What the person is to look at.",
                required=True,
                at_least=1,
                at_most=900,
            ),
        ),
    ),
)


def skills_under(profile: Profile) -> Mapping[str, Skill]:
    """The skills of managed runs under a profile, by name."""
    known = (*_ALWAYS, _PLAIN) if profile is Profile.OBSERVE_ONLY else _ALWAYS
    return {skill.name: skill for skill in known}
