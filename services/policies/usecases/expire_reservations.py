"""Count as spent what nobody settles in time, and give it back once nobody can spend it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from services.policies.domain.counting import Counter
from services.policies.domain.reservation import (
    Reservation,
    ReservationState,
    expire,
    release,
)
from services.policies.usecases.ports import OpenAdmission, Situation, StepKey

# After this a holder that was cut off has stopped by itself: its permit is over.
PERMIT = timedelta(seconds=5)
_BATCH = 500


class DueReservations(Protocol):
    """Finds reservations of any tenant that are due."""

    async def __call__(self, limit: int) -> Sequence[StepKey]:
        """Return open ones that are over, and expired ones whose run is over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireReservations:
    """The job that looks after reservations."""

    due: DueReservations
    open_admission: OpenAdmission

    async def __call__(self) -> int:
        """See to what is due; return how many reservations changed."""
        keys = list(await self.due(_BATCH))
        changed = 0
        for tenant in sorted({key[0] for key in keys}):
            changed += await self._of_tenant([key for key in keys if key[0] == tenant])
        return changed

    async def _of_tenant(self, keys: Sequence[StepKey]) -> int:
        tenant = keys[0][0]
        async with self.open_admission(tenant) as transaction:
            situation = await transaction.hold_gates(sorted({key[:2] for key in keys}))
            held = await transaction.hold_reservations(keys)
            names = {(tenant, hold.counter_id) for item in held.values() for hold in item.holds}
            counters = await transaction.hold_known_counters(names, situation.now)
            own = {name: counter for (_, name), counter in counters.items()}
            changed = []
            for item in held.values():
                state, apply = _next(item, situation)
                if apply is not None:
                    apply(item, own)
                    changed.append(replace(item, state=state))
            await transaction.update_reservations(
                changed, [counter for counter in counters.values() if counter.changed]
            )
            await transaction.commit()
        return len(changed)


Apply = Callable[[Reservation, Mapping[str, Counter]], None]


def _next(item: Reservation, situation: Situation) -> tuple[ReservationState, Apply | None]:
    """What becomes of a reservation now, and what it does to its counters."""
    if item.state is ReservationState.OPEN and item.expires_at <= situation.now:
        return ReservationState.EXPIRED, expire
    gate = situation.gates.get((item.tenant_id, item.run_id))
    fenced = gate is not None and gate.is_over and gate.changed_at + PERMIT <= situation.now
    if item.state is ReservationState.EXPIRED and fenced:
        return ReservationState.RELEASED, release
    return item.state, None
