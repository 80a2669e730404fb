"""A plane whose settings contradict each other does not start, and says why."""

import pytest

from kernel.profile import Profile
from services.policies.domain.profile import contradictions


@pytest.mark.parametrize("profile", list(Profile))
def test_the_usual_settings_contradict_nothing(profile: Profile) -> None:
    assert list(contradictions(profile, mid_execution_checks=True)) == []


@pytest.mark.invariant("I-32")
def test_a_strict_plane_checks_runs_under_way() -> None:
    (said,) = contradictions("STRICT", mid_execution_checks=False)
    assert "AOS_MID_EXECUTION_POLICY_CHECK_ENABLED" in said
    assert list(contradictions("STANDARD", mid_execution_checks=False)) == []


def test_an_unknown_profile_is_told_the_known_ones() -> None:
    (said,) = contradictions("LAX", mid_execution_checks=True)
    assert "STRICT, STANDARD, OBSERVE_ONLY" in said
