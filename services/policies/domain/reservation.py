"""What is reserved for a step, and what becomes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.policies.domain.counting import Counter, StepKind, amounts_of
from services.policies.domain.errors import AlreadySettled


class ReservationState(StrEnum):
    """Where a reservation is in its life."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"
    # Nobody settled it in time: it counts as spent.
    EXPIRED = "EXPIRED"
    # Its holder can no longer take the step, so it is free again.
    RELEASED = "RELEASED"


class Hold(NamedTuple):
    """How much of one counter is reserved, in which slice of its window, by which metric."""

    counter_id: str
    amount: int
    slice_at: int
    metric: int


# Not frozen, like everything that each step makes; see domain/decision.
@dataclass(slots=True, kw_only=True)
class Reservation:
    """What one step has reserved."""

    tenant_id: str
    run_id: str
    step_id: str
    kind: StepKind
    holds: tuple[Hold, ...]
    expires_at: datetime
    state: ReservationState = ReservationState.OPEN
    # What it was settled with, to know a repetition by.
    settled: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Which reservation it is."""
        return self.tenant_id, self.run_id, self.step_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a step has really used."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    not_taken: bool = False

    def text(self) -> str:
        """The use as it is kept, to know a repetition by."""
        values = [self.input_tokens, self.output_tokens, self.cost_micro_usd, self.not_taken]
        return json.dumps(values)

    def amounts(self, kind: StepKind) -> tuple[int, ...]:
        """What it means place by place; a step that was not taken used nothing, not even itself."""
        if self.not_taken:
            return (0,) * 8
        return amounts_of(
            kind,
            given=self.input_tokens,
            received=self.output_tokens,
            cost=self.cost_micro_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overage:
    """What a step used beyond its reservation, in the counter that it is most of."""

    amount: int
    counter: Counter | None


def settle(reservation: Reservation, use: Use, counters: Mapping[str, Counter]) -> Overage:
    """Turn a reservation into fact; what goes beyond it is booked and freezes the budget.

    Raises:
        AlreadySettled: it was settled before with another use.
    """
    if reservation.state is ReservationState.SETTLED:
        if reservation.settled != use.text():
            raise AlreadySettled.of(reservation.step_id)
        return Overage(amount=0, counter=None)
    amounts = use.amounts(reservation.kind)
    worst = Overage(amount=0, counter=None)
    for hold in reservation.holds:
        counter = counters[hold.counter_id]
        fact = amounts[hold.metric]
        if reservation.state is ReservationState.OPEN:
            counter.settle(hold.amount, fact, hold.slice_at)
        else:
            # It was counted as spent when it expired, or not at all since it was released.
            counted = hold.amount if reservation.state is ReservationState.EXPIRED else 0
            counter.correct(fact - counted, hold.slice_at)
        if fact > hold.amount:
            counter.frozen = True
            if fact - hold.amount > worst.amount:
                worst = Overage(amount=fact - hold.amount, counter=counter)
    return worst


def expire(reservation: Reservation, counters: Mapping[str, Counter]) -> None:
    """Count what nobody settled as spent: its holder may still be at it."""
    for hold in reservation.holds:
        counters[hold.counter_id].settle(hold.amount, hold.amount, hold.slice_at)


def release(reservation: Reservation, counters: Mapping[str, Counter]) -> None:
    """Give back what expired, once its holder can no longer take the step."""
    for hold in reservation.holds:
        counters[hold.counter_id].correct(-hold.amount, hold.slice_at)
