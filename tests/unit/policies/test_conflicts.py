"""INV-005: the harshest wins, then the lowest policy id; the order never matters."""

import itertools
import os
import random

import pytest

from services.policies.domain.action import Action, action_named, harshest
from services.policies.domain.errors import ActionRenamed
from tests.support.policy_samples import Said, opinions, oracle

pytestmark = [pytest.mark.invariant("I-17"), pytest.mark.gap("GAP-068")]
# A nightly run asks for a million.
CASES = int(os.environ.get("AOS_CONFLICT_CASES", "20000"))


def test_the_resolver_agrees_with_an_oracle_on_every_case() -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    for number in range(CASES):
        said = opinions(chance)
        assert harshest(said) == oracle(said), f"seed {seed}, case {number}: {said}"


def test_the_order_of_opinions_never_matters() -> None:
    chance = random.Random(17)
    for _ in range(60):
        said = opinions(chance, most=5)
        winners = {harshest(order) for order in itertools.permutations(said)}
        assert len(winners) == 1


def test_stop_beats_pause_and_equals_go_to_the_lowest_id() -> None:
    stop, pause = Said(Action.STOP, "pol_b", "x"), Said(Action.PAUSE, "pol_a", "x")
    twin = Said(Action.STOP, "pol_a", "x")
    assert harshest([pause, stop]) == stop
    assert harshest([stop, twin]) == twin
    assert harshest([]) is None


def test_mutant_whoever_comes_first_would_depend_on_the_order() -> None:
    def first_of_the_harshest(said: list[Said]) -> Said | None:
        return max(said, key=lambda one: one.action, default=None)

    chance = random.Random(17)
    cases = (opinions(chance) for _ in range(CASES))
    assert any(first_of_the_harshest(said) != oracle(said) for said in cases)


@pytest.mark.parametrize("old", ["BLOCK", "REJECT", "QUEUE", "DEGRADE", "ALERT", "ABORT"])
def test_earlier_names_are_answered_with_todays(old: str) -> None:
    with pytest.raises(ActionRenamed, match=r"is called (STOP|PAUSE|WARN|KILL) today"):
        action_named(old)
    assert action_named("KILL") is Action.KILL
