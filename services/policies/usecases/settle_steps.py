"""Settle steps: what was reserved becomes what was used, once, many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel.errors import ServiceError
from services.policies.domain.counting import Counter
from services.policies.domain.errors import ReservationNotFound
from services.policies.domain.events import BudgetOverrun
from services.policies.domain.reservation import (
    Overage,
    Reservation,
    ReservationState,
    Use,
    settle,
)
from services.policies.usecases.ports import (
    AdmissionTransaction,
    OpenAdmission,
    Situation,
    StepKey,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedStep:
    """What a step has used."""

    tenant_id: str
    run_id: str
    step_id: str
    use: Use

    @property
    def key(self) -> StepKey:
        """Which step it is, among those of all tenants."""
        return self.tenant_id, self.run_id, self.step_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a reservation."""

    run_id: str
    step_id: str
    overage: int
    frozen: bool
    late: bool


Outcome = Settled | Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleSteps:
    """Settles batches of steps."""

    open_admission: OpenAdmission

    async def __call__(self, steps: Sequence[UsedStep]) -> list[Outcome]:
        """Settle each step; each gets its own answer or error."""
        tenants = sorted({step.tenant_id for step in steps})
        async with self.open_admission(*tenants) as transaction:
            # Gates first, as in admission, or the two could wait for each other.
            gate_keys = sorted({(step.tenant_id, step.run_id) for step in steps})
            situation = await transaction.hold_gates(gate_keys)
            reservations = dict(await transaction.hold_reservations([step.key for step in steps]))
            names = {
                (item.tenant_id, hold.counter_id)
                for item in reservations.values()
                for hold in item.holds
            }
            counters = await transaction.hold_known_counters(names, situation.now)
            changed: dict[StepKey, Reservation] = {}
            outcomes = [
                _settle(
                    step,
                    reservations,
                    counters,
                    changed,
                    situation=situation,
                    transaction=transaction,
                )
                for step in steps
            ]
            await transaction.update_reservations(
                list(changed.values()),
                [counter for counter in counters.values() if counter.changed],
            )
            await transaction.commit()
        return outcomes


def _settle(
    step: UsedStep,
    reservations: dict[StepKey, Reservation],
    counters: dict[tuple[str, str], Counter],
    changed: dict[StepKey, Reservation],
    *,
    situation: Situation,
    transaction: AdmissionTransaction,
) -> Outcome:
    reservation = reservations.get(step.key)
    gate = situation.gates.get((step.tenant_id, step.run_id))
    if reservation is None or gate is None:
        return ReservationNotFound.of_step(step.run_id, step.step_id)
    own = {
        name: counter for (tenant, name), counter in counters.items() if tenant == step.tenant_id
    }
    try:
        overage = settle(reservation, step.use, own)
    except ServiceError as error:
        return error
    late = gate.is_over or reservation.state in (
        ReservationState.EXPIRED,
        ReservationState.RELEASED,
    )
    if reservation.state is not ReservationState.SETTLED:
        settled = replace(reservation, state=ReservationState.SETTLED, settled=step.use.text())
        reservations[step.key] = changed[step.key] = settled
        _announce(overage, step, gate.synthetic_scenario_id, transaction)
    return Settled(
        run_id=step.run_id,
        step_id=step.step_id,
        overage=overage.amount,
        frozen=overage.counter is not None,
        late=late,
    )


def _announce(
    overage: Overage, step: UsedStep, scenario: str, transaction: AdmissionTransaction
) -> None:
    if overage.counter is None:
        return
    transaction.announce_step(
        BudgetOverrun(
            tenant_id=step.tenant_id,
            run_id=step.run_id,
            step_id=step.step_id,
            policy_id=overage.counter.policy_id,
            limit_name=overage.counter.limit_name,
            overage=overage.amount,
            synthetic_scenario_id=scenario,
        )
    )
