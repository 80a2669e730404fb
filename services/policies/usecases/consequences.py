"""What decisions lead to beside their answers: who is told, what is recorded, which gates move."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kernel.ledger import LedgerEntry, state_of
from kernel.principal import Actor, ActorType
from services.policies.domain.action import Action
from services.policies.domain.counting import Counter
from services.policies.domain.decision import Decision, Finding
from services.policies.domain.events import LimitBreached, LimitNear
from services.policies.domain.gate import STATE_AFTER, Gate
from services.policies.domain.program import Program
from services.policies.domain.reservation import Reservation
from services.policies.domain.rollout import Divergence, divergences
from services.policies.usecases.overrides_in_force import uses_of
from services.policies.usecases.ports import (
    AdmissionTransaction,
    DecisionRow,
    OpenOverride,
    OverrideUse,
    Written,
)
from services.policies.usecases.programs import Plan
from services.policies.usecases.run_log_lines import breach_line, near_line

# A counter whose breach was told of; a percentage that no tier can have.
_TOLD_OF_BREACH = 100


class Consequences:
    """Gathers what a batch leaves behind, until it is written in one go."""

    def __init__(self, *, transaction: AdmissionTransaction, now: datetime) -> None:
        self._transaction = transaction
        self._now = now
        self._decisions: list[DecisionRow] = []
        self._reservations: list[Reservation] = []
        self._gates: dict[tuple[str, str], Gate] = {}
        self._enforcements: list[tuple[Decision, str]] = []
        self._override_uses: list[OverrideUse] = []
        self._divergences: list[Divergence] = []

    def decided(self, row: DecisionRow) -> None:
        """Keep a decision."""
        self._decisions.append(row)

    def reserve(self, reservation: Reservation) -> None:
        """Keep a reservation."""
        self._reservations.append(reservation)

    def note_overrides(
        self, decision: Decision, gate: Gate, overrides: Sequence[OpenOverride]
    ) -> None:
        """Keep which overrides have spared the run something."""
        self._override_uses += uses_of(decision, gate.context, overrides)

    def note_divergences(self, decision: Decision, program: Program, cost_micro_usd: int) -> None:
        """Keep where a version on trial would have decided otherwise."""
        self._divergences += divergences(decision, program, cost_micro_usd)

    def follow(
        self, decision: Decision, gate: Gate, plan: Plan, counters: Sequence[Counter]
    ) -> Gate:
        """Do what a decision with findings asks for; return the gate as it is afterwards."""
        verdict = decision.verdict
        assert verdict.winner is not None
        told = self._tell(decision, gate, plan, counters)
        if verdict.action is Action.CONTINUE or verdict.winner.set_aside is not None:
            return gate
        if told or not verdict.action.lets_step_happen:
            self._enforcements.append((decision, gate.synthetic_scenario_id))
            self._transaction.announce_step(
                LimitBreached(
                    decision=decision,
                    synthetic_scenario_id=gate.synthetic_scenario_id,
                    place=1,
                )
            )
            self._transaction.log(breach_line(decision, verdict.winner, gate))
            self._record(decision, gate)
        return self._move(decision, gate)

    def written(self, counters: Iterable[Counter]) -> Written:
        """Everything that is to be written."""
        return Written(
            decisions=self._decisions,
            reservations=self._reservations,
            counters=[counter for counter in counters if counter.changed],
            gates=list(self._gates.values()),
            enforcements=self._enforcements,
            decided_at=self._now,
            expires_at=self._reservations[0].expires_at if self._reservations else None,
            override_uses=self._override_uses,
            divergences=self._divergences,
        )

    def _tell(
        self, decision: Decision, gate: Gate, plan: Plan, counters: Sequence[Counter]
    ) -> bool:
        """Tell of tiers that are reached for the first time; whether a breach is new as well."""
        places = {
            (rule.policy_id, rule.limit_name): place
            for place, rule in enumerate(plan.table.rules)
            if not rule.shadow
        }
        new_breach = False
        told = 1
        for finding in (decision.verdict.winner, *decision.verdict.others):
            assert finding is not None
            if finding.set_aside is not None:
                continue
            place = places.get((finding.policy_id, finding.limit_name))
            if place is None:
                # Content has no window in which it could have been told of before.
                new_breach = True
                continue
            reached = _TOLD_OF_BREACH if finding.breach else finding.tier
            if reached <= counters[place].tier_fired:
                continue
            counters[place].tier_fired = reached
            counters[place].changed = counters[place].unusual = True
            if finding.breach:
                new_breach = True
                continue
            told += 1
            channels = [
                tier.channels
                for tier in plan.table.rules[place].tiers
                if tier.percent == finding.tier
            ]
            self._transaction.announce_step(
                LimitNear(
                    decision=decision,
                    finding=finding,
                    channels=channels[0],
                    place=told,
                    synthetic_scenario_id=gate.synthetic_scenario_id,
                )
            )
            self._transaction.log(near_line(decision, finding, gate))
        return new_breach

    def _record(self, decision: Decision, gate: Gate) -> None:
        """One entry for the ledger, with the run it belongs to."""
        winner = decision.verdict.winner
        assert winner is not None
        self._transaction.record(
            LedgerEntry(
                tenant_id=gate.tenant_id,
                event_type="LIMIT_BREACHED",
                entity_type="policy",
                entity_id=winner.policy_id,
                actor=_by(winner),
                run_id=gate.run_id,
                after={
                    **state_of(winner),
                    "decision_id": decision.id,
                    "step_id": decision.step_id,
                    "action_taken": decision.verdict.action.name,
                },
            )
        )

    def _move(self, decision: Decision, gate: Gate) -> Gate:
        """The gate after a decision that changes it."""
        verdict = decision.verdict
        winner = verdict.winner
        assert winner is not None
        reason = f"{winner.limit_name} of {winner.policy_id}: {winner.detail or 'passed'}"
        by = winner.policy_id
        if verdict.requires_ack:
            moved = gate.waiting(at=self._now, reason=reason, by=by)
        elif verdict.action in STATE_AFTER:
            moved = gate.moved(STATE_AFTER[verdict.action], at=self._now, reason=reason, by=by)
        else:
            return gate
        self._transaction.announce_gate(
            moved, before=gate, step=moved.state.value, actor=_by(winner)
        )
        self._gates[gate.tenant_id, gate.run_id] = moved
        return moved


def _by(winner: Finding) -> Actor:
    return Actor(type=ActorType.SERVICE, id=f"policy:{winner.policy_id}")
