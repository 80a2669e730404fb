"""What steps use, over which windows it adds up, and how much of it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.policies.domain.policy_body import Limit, LimitType, LimitWindow

# What a step may use, as places in a tuple of amounts: the hot path adds up tuples, not names.
INPUT, OUTPUT, TOTAL, COST, CALLS, STEPS, QUERIES, NOTHING = range(8)
METRICS = 8

METRIC_OF = {
    LimitType.INPUT_TOKENS: INPUT,
    LimitType.OUTPUT_TOKENS: OUTPUT,
    LimitType.TOTAL_TOKENS: TOTAL,
    LimitType.COST_MICRO_USD: COST,
    LimitType.CALLS: CALLS,
    LimitType.BURN_RATE_MICRO_USD_PER_MINUTE: COST,
    LimitType.STEPS: STEPS,
    LimitType.DATABASE_QUERIES: QUERIES,
    # Time and access are looked at, not used up.
    LimitType.DURATION_MS: NOTHING,
    LimitType.RAG_ACCESS: NOTHING,
}


class StepKind(StrEnum):
    """What a step is."""

    MODEL_CALL = "MODEL_CALL"
    TOOL_CALL = "TOOL_CALL"
    RETRIEVAL = "RETRIEVAL"
    DATABASE_QUERY = "DATABASE_QUERY"
    OTHER = "OTHER"


def amounts_of(kind: StepKind, *, given: int, received: int, cost: int) -> tuple[int, ...]:
    """What a step of this kind uses, place by place."""
    call = int(kind is not StepKind.OTHER)
    query = int(kind is StepKind.DATABASE_QUERY)
    return given, received, given + received, cost, call, 1, query, 0


def cap_of(limit: Limit) -> int:
    """The most that the window of a limit may hold."""
    if limit.type is LimitType.BURN_RATE_MICRO_USD_PER_MINUTE:
        return limit.maximum * limit.window_seconds // 60
    return limit.maximum


# A sliding window is kept in slices; what is in the oldest counts in full until it has left, so
# that the sum is never less than what the last `window_seconds` really hold.
_SLICES = 12


def slice_seconds(window_seconds: int) -> int:
    """How long one slice of a sliding window is."""
    return max(1, -(-window_seconds // _SLICES))


def slices_kept(window_seconds: int) -> int:
    """How many slices cover the window, the one that began before it included."""
    return -(-window_seconds // slice_seconds(window_seconds)) + 1


def window_name(limit: Limit, now: datetime) -> str:
    """The part of a counter's name that says which window it is."""
    if limit.window is LimitWindow.CALENDAR_DAY:
        return now.strftime("d%Y-%m-%d")
    if limit.window is LimitWindow.CALENDAR_MONTH:
        return now.strftime("m%Y-%m")
    if limit.window is LimitWindow.SLIDING:
        return f"s{limit.window_seconds}"
    return "run" if limit.window is LimitWindow.PER_RUN else "session"


@dataclass(slots=True, kw_only=True)
class Counter:
    """What one limit has counted in one window for one holder; it changes within a batch."""

    id: str
    tenant_id: str
    policy_id: str
    limit_name: str
    # The cap in force, where it is stricter than the one in the run's snapshot.
    cap: int | None = None
    used: int = 0
    reserved: int = 0
    tier_fired: int = 0
    frozen: bool = False
    window_seconds: int = 0
    slices: list[int] | None = None
    slice_at: int = 0
    # All of it together; for a sliding window the sum of its slices.
    total: int = 0
    changed: bool = False
    # Whether more has changed than what is reserved, or would be lost if only that were kept.
    unusual: bool = False

    def brought_to(self, now: datetime) -> "Counter":
        """Let go of slices that have left the window, and add up what is there."""
        if self.slices is None:
            self.total = self.used + self.reserved
            return self
        at = int(now.timestamp()) // slice_seconds(self.window_seconds)
        gone = at - self.slice_at
        if gone > 0:
            kept = [0] * min(gone, len(self.slices)) + self.slices
            self.slices = kept[: len(self.slices)]
            # A tier may fire again when the window that fired it has passed in full.
            if gone >= len(self.slices):
                self.tier_fired = 0
            self.slice_at = at
            self.changed = True
        self.unusual = True
        self.total = sum(self.slices)
        return self

    def reserve(self, amount: int) -> int:
        """Take an amount; return the slice it went to, for the day it is settled."""
        self.changed = True
        self.total += amount
        self.reserved += amount
        if self.slices is not None:
            self.slices[0] += amount
        return self.slice_at

    def settle(self, reserved: int, used: int, slice_at: int) -> None:
        """Turn what was reserved into what was used."""
        self.changed = self.unusual = True
        self.reserved -= reserved
        self.used += used
        self._correct(used - reserved, slice_at)

    def correct(self, difference: int, slice_at: int) -> None:
        """Change what was counted as used already."""
        self.changed = self.unusual = True
        self.used += difference
        self._correct(difference, slice_at)

    def _correct(self, difference: int, slice_at: int) -> None:
        self.total += difference
        if self.slices is None:
            return
        place = self.slice_at - slice_at
        if 0 <= place < len(self.slices):
            self.slices[place] += difference
        else:
            # It was counted in a slice that has left the window since.
            self.total -= difference


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterKey:
    """Which counter a limit of a run needs now."""

    id: str
    tenant_id: str
    policy_id: str
    limit_name: str
    window_seconds: int
    # Counters of one run alone take their cap from the snapshot, all others also from what is in
    # force.
    shared: bool

    def fresh(self, now: datetime) -> Counter:
        """The counter before anything was counted."""
        sliding = self.window_seconds > 0
        return Counter(
            id=self.id,
            tenant_id=self.tenant_id,
            policy_id=self.policy_id,
            limit_name=self.limit_name,
            window_seconds=self.window_seconds,
            slices=[0] * slices_kept(self.window_seconds) if sliding else None,
            slice_at=int(now.timestamp()) // slice_seconds(self.window_seconds) if sliding else 0,
        )


def total_of(counters: Sequence[Counter]) -> list[int]:
    """Where each counter stands."""
    return [counter.total for counter in counters]
