"""What does the skills of a profile: one executor or waiter for each, and none for any other."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.profile import Profile
from services.orchestrator.domain.skill import (
    ASK_PERSON,
    GOVERNED_MODEL,
    PLAIN_MODEL,
    TRANSFORM,
    WAIT,
    Skill,
    skills_under,
)
from services.orchestrator.usecases.invoke_model import InvokeGoverned, InvokePlain, Providers
from services.orchestrator.usecases.make_plan import PLANNER, MakePlan
from services.orchestrator.usecases.run_ports import Executor, ManagedDesk, Waiter
from services.orchestrator.usecases.simple_skills import AskPerson, Transform, WaitAWhile


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillWorks:
    """The skills of a profile, and what does them."""

    profile: Profile
    skills: Mapping[str, Skill]
    executors: Mapping[str, Executor]
    waiters: Mapping[str, Waiter]

    async def ungoverned(self) -> str | None:
        """What reaches a model past governance although the profile governs (GAP-066)."""
        known = {
            name for name, one in self.skills.items() if one.reaches_model and not one.governed
        }
        done = {name for name, one in self.executors.items() if isinstance(one, InvokePlain)}
        if self.profile is Profile.OBSERVE_ONLY or not known | done:
            return None
        named = ", ".join(sorted(known | done))
        return (
            f"{named} reaches models ungoverned under {self.profile}. Restart with a sound build."
        )


def skill_works(
    profile: Profile, *, providers: Providers, desk: ManagedDesk, planner_model: str
) -> SkillWorks:
    """Make what does the skills of a profile; what it does not have is not even made."""
    skills = skills_under(profile)
    governed = InvokeGoverned(providers)
    executors: dict[str, Executor] = {
        GOVERNED_MODEL: governed,
        TRANSFORM: Transform(),
        PLANNER: MakePlan(invoke=governed, model=planner_model, skills=skills),
    }
    if PLAIN_MODEL in skills:
        executors[PLAIN_MODEL] = InvokePlain(providers)
    return SkillWorks(
        profile=profile,
        skills=skills,
        executors=executors,
        waiters={WAIT: WaitAWhile(), ASK_PERSON: AskPerson(desk)},
    )
