"""How a run ends: its gate counts more than any wish."""

import pytest

from services.orchestrator.domain.ending import ClosedGate, decide_ending
from services.orchestrator.domain.kinds import Cause, Wish


def gate(state: str, **more: object) -> ClosedGate:
    return ClosedGate(state=state, decisions_root="", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "cause", "ending"),
    [
        (Wish.SUCCEEDED, Cause.AGENT, ("SUCCEEDED", "COMPLETED")),
        (Wish.FAILED, Cause.AGENT, ("FAILED", "SYSTEM_FAILURE")),
        (Wish.FAILED, Cause.STALE, ("FAILED", "SYSTEM_FAILURE")),
        (Wish.CANCELLED, Cause.PERSON, ("CANCELLED", "USER_ABORT")),
        (Wish.TIMED_OUT, Cause.WORKER, ("FAILED", "TIMEOUT")),
    ],
)
@pytest.mark.parametrize("closed", [gate("CLOSED"), None])
def test_without_a_halt_it_ends_as_it_was_wished(
    wish: Wish, cause: Cause, ending: tuple[str, str], closed: ClosedGate | None
) -> None:
    decided = decide_ending(wish, cause, closed)
    assert (decided.status, decided.reason, decided.policy_id) == (*ending, "")


@pytest.mark.invariant("I-22")
@pytest.mark.parametrize("state", ["STOPPED", "KILLED"])
@pytest.mark.parametrize("wish", Wish)
@pytest.mark.parametrize("cause", Cause)
def test_no_wish_beats_a_halt(state: str, wish: Wish, cause: Cause) -> None:
    by_hand = decide_ending(wish, cause, gate(state))
    assert (by_hand.status, by_hand.reason) == ("CANCELLED", "USER_ABORT")
    by_rule = decide_ending(wish, cause, gate(state, ended_by_policy="pol_1"))
    assert (by_rule.status, by_rule.reason, by_rule.policy_id) == (
        "FAILED_POLICY",
        "POLICY_BLOCK",
        "pol_1",
    )


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("COST_MICRO_USD", "BUDGET_EXCEEDED"),
        ("TOTAL_TOKENS", "BUDGET_EXCEEDED"),
        ("CALLS", "RATE_LIMITED"),
        ("BURN_RATE_MICRO_USD_PER_MINUTE", "RATE_LIMITED"),
        ("DURATION_MS", "TIMEOUT"),
        ("", "POLICY_BLOCK"),
    ],
)
def test_the_limit_that_ended_it_says_why(limit: str, reason: str) -> None:
    closed = gate("STOPPED", ended_by_policy="pol_1", ended_by_limit=limit)
    assert decide_ending(Wish.SUCCEEDED, Cause.AGENT, closed).reason == reason


@pytest.mark.parametrize(
    ("percent", "word"),
    [(0, "NORMAL"), (49, "NORMAL"), (50, "NEAR_THRESHOLD"), (90, "AT_RISK"), (100, "VIOLATED")],
)
def test_how_near_it_came_is_a_word(percent: int, word: str) -> None:
    assert gate("CLOSED", highest_proximity_percent=percent).risk_level == word
