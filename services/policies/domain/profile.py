"""What contradicts a governance profile."""

from collections.abc import Iterator

from kernel.profile import Profile


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
