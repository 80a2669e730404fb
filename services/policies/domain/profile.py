"""The governance profile: how much a plane insists on, and what contradicts it."""

from collections.abc import Iterator
from enum import StrEnum


class Profile(StrEnum):
    """From strict to watching only."""

    STRICT = "STRICT"
    STANDARD = "STANDARD"
    OBSERVE_ONLY = "OBSERVE_ONLY"

    @property
    def allows_runs_without_policies(self) -> bool:
        """Whether a run may begin that no policy applies to."""
        return self is Profile.OBSERVE_ONLY


def contradictions(name: str, *, mid_execution_checks: bool) -> Iterator[str]:
    """Why a plane with these settings must not start, in sentences."""
    if name not in tuple(Profile):
        known = ", ".join(Profile)
        yield f"AOS_GOVERNANCE_PROFILE is {name!r}; it must be one of {known}."
    if name == Profile.STRICT and not mid_execution_checks:
        yield (
            "AOS_GOVERNANCE_PROFILE is STRICT, but AOS_MID_EXECUTION_POLICY_CHECK_ENABLED is off: "
            "runs under way would not obey stricter policies. Turn it on, or use STANDARD."
        )
