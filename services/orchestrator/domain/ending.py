"""How a run ends, decided from what its gate had come to and from what was wished.

The gate counts more than any wish: it was closed for good before this is asked, so no kill and no
stop can come after it, and what is decided here is how it was.
"""

from dataclasses import dataclass

from services.orchestrator.domain.kinds import Cause, Wish

_HALTED = frozenset({"STOPPED", "KILLED"})
# Which limit ended a run, and why it is over then.
_LIMITS = {
    "INPUT_TOKENS": "BUDGET_EXCEEDED",
    "OUTPUT_TOKENS": "BUDGET_EXCEEDED",
    "TOTAL_TOKENS": "BUDGET_EXCEEDED",
    "COST_MICRO_USD": "BUDGET_EXCEEDED",
    "BURN_RATE_MICRO_USD_PER_MINUTE": "RATE_LIMITED",
    "CALLS": "RATE_LIMITED",
    "STEPS": "RATE_LIMITED",
    "RAG_ACCESS": "RATE_LIMITED",
    "DATABASE_QUERIES": "RATE_LIMITED",
    "DURATION_MS": "TIMEOUT",
}
_WISHES = {
    Wish.SUCCEEDED: ("SUCCEEDED", "COMPLETED"),
    Wish.FAILED: ("FAILED", "SYSTEM_FAILURE"),
    Wish.CANCELLED: ("CANCELLED", "USER_ABORT"),
    Wish.TIMED_OUT: ("FAILED", "TIMEOUT"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedGate:
    """What the gate of a run had come to when it was closed for good."""

    state: str
    decisions_root: str
    # The policy whose decision halted the run, and what it counts; empty when none did.
    ended_by_policy: str = ""
    ended_by_limit: str = ""
    ended_at_step: str = ""
    highest_proximity_percent: int = 0

    @property
    def is_halted(self) -> bool:
        """Whether the run was stopped or killed."""
        return self.state in _HALTED

    @property
    def risk_level(self) -> str:
        """How the run stood with its limits, in a word."""
        if self.ended_by_policy or self.highest_proximity_percent >= _BREACH:
            return "VIOLATED"
        return next(word for percent, word in _RISKS if self.highest_proximity_percent >= percent)


_BREACH = 100
_RISKS = ((90, "AT_RISK"), (50, "NEAR_THRESHOLD"), (0, "NORMAL"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The terminal status of a run and why."""

    status: str
    reason: str
    policy_id: str = ""


def decide_ending(wish: Wish, cause: Cause, gate: ClosedGate | None) -> Ending:
    """Return how the run ends; `gate` is None for a run whose gate was never opened."""
    if gate is not None and gate.is_halted:
        if not gate.ended_by_policy:
            # Somebody halted it by hand.
            return Ending(status="CANCELLED", reason="USER_ABORT")
        reason = _LIMITS.get(gate.ended_by_limit, "POLICY_BLOCK")
        return Ending(status="FAILED_POLICY", reason=reason, policy_id=gate.ended_by_policy)
    if cause in (Cause.STALE, Cause.ORPHANED) and wish is Wish.FAILED:
        return Ending(status="FAILED", reason="SYSTEM_FAILURE")
    status, reason = _WISHES[wish]
    return Ending(status=status, reason=reason)
