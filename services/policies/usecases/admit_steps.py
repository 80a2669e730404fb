"""Admit steps: many questions at once, one transaction, the decision on disk before any answer.

This is the hottest path there is. Gates are locked first, then counters, both in one order; what is
decided is pure; everything is written by one statement. The walk: ``api/admission_service`` →
here → ``store/admission`` → ``domain/decide``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from kernel.errors import InternalError, ServiceError
from kernel.identifiers import new_id
from services.policies.domain.action import Action
from services.policies.domain.counting import Counter
from services.policies.domain.decide import decide
from services.policies.domain.decision import Decision, Facts, Reason, Verdict
from services.policies.domain.errors import GateNotFound, NotInspected, StepIdReused
from services.policies.domain.gate import ACTION_AT, Gate, GateState
from services.policies.domain.governance import GovernanceState
from services.policies.domain.program import RuleTable
from services.policies.domain.reservation import Hold, Reservation
from services.policies.usecases.consequences import Consequences
from services.policies.usecases.decision_inputs import (
    inputs_of,
    is_plain,
    plain_inputs,
    written_inputs,
)
from services.policies.usecases.inspect_content import Inspected
from services.policies.usecases.overrides_in_force import set_aside_for
from services.policies.usecases.ports import (
    AdmissionTransaction,
    DecisionRow,
    GateKey,
    OpenAdmission,
    Situation,
    StepKey,
    StoredDecision,
)
from services.policies.usecases.programs import Plan, Programs


# Not frozen, like everything that each step makes; see domain/decision.
@dataclass(slots=True, kw_only=True)
class AskedStep:
    """A step that somebody wants to take."""

    tenant_id: str
    run_id: str
    step_id: str
    facts: Facts
    content: str
    # Knows a repetition from another question with the same name.
    question_hash: bytes
    # What was seen in the content, before anything was held.
    inspected: Inspected | None = None
    # The fault that let it pass before it could be decided; then it is only written down.
    let_pass_by: str = ""

    @property
    def key(self) -> StepKey:
        """Which step it is, among those of all tenants."""
        return self.tenant_id, self.run_id, self.step_id

    @property
    def gate_key(self) -> GateKey:
        """Whose gate it stands before."""
        return self.tenant_id, self.run_id


@dataclass(slots=True, kw_only=True)
class Encoded:
    """A decision as it is answered: its bytes, and whatever the api makes of them."""

    body: bytes
    message: Any


# A decision as it was answered and is kept, byte by byte, or the error of that step alone.
Outcome: TypeAlias = bytes | ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitSteps:
    """Decides batches of steps."""

    open_admission: OpenAdmission
    programs: Programs
    encode: Callable[[Decision], Encoded]
    reservation_lifetime: timedelta

    async def __call__(self, steps: Sequence[AskedStep]) -> list[Outcome]:
        """Decide each step."""
        tenants = sorted({step.tenant_id for step in steps})
        async with self.open_admission(*tenants) as transaction:
            batch = await self._prepare(steps, transaction)
            outcomes = [self._outcome(step, batch) for step in steps]
            await transaction.write(batch.consequences.written(batch.counters.values()))
            await transaction.commit()
        return outcomes

    async def _prepare(
        self, steps: Sequence[AskedStep], transaction: AdmissionTransaction
    ) -> "_Batch":
        situation = await transaction.hold_gates(sorted({step.gate_key for step in steps}))
        decided: dict[StepKey, StoredDecision | DecisionRow] = {
            **await transaction.decided([step.key for step in steps])
        }
        plans: dict[GateKey, Plan | ServiceError] = {}
        for key, gate in situation.gates.items():
            plans[key] = self._known_plan(gate, situation) or await self._plan(
                gate, situation, transaction
            )
        needed = {
            name: counter_key
            for plan in plans.values()
            if isinstance(plan, Plan)
            for name, counter_key in zip(plan.names, plan.keys, strict=True)
        }
        counters = await transaction.hold_counters(list(needed.values()), situation.now)
        return _Batch(
            situation=situation,
            gates=dict(situation.gates),
            decided=decided,
            plans=plans,
            counters=counters,
            consequences=Consequences(transaction=transaction, now=situation.now),
        )

    def _known_plan(self, gate: Gate, situation: Situation) -> Plan | None:
        program = self.programs.known(gate.tenant_id, gate.content_hash)
        return None if program is None else self.programs.plan(gate, program, situation.now)

    async def _plan(
        self, gate: Gate, situation: Situation, transaction: AdmissionTransaction
    ) -> "Plan | ServiceError":
        snapshot = await transaction.find_snapshot(gate.tenant_id, gate.snapshot_id)
        if snapshot is None:
            return InternalError(f"The snapshot of {gate.run_id} is gone.")
        try:
            program = self.programs.learn(snapshot)
        except ServiceError as error:
            return error
        return self.programs.plan(gate, program, situation.now)

    def _outcome(self, step: AskedStep, batch: "_Batch") -> Outcome:
        gate = batch.gates.get(step.gate_key)
        if gate is None:
            return GateNotFound.of(step.run_id)
        plan = batch.plans[step.gate_key]
        if not isinstance(plan, Plan):
            return plan
        known = batch.decided.get(step.key)
        if known is not None:
            if known.question_hash != step.question_hash:
                return StepIdReused.of(step.step_id)
            if _still_counts(known, gate):
                return known.answer
        if step.content and not step.let_pass_by and not _was_looked_at(step, gate, plan):
            return NotInspected.of(step.step_id)
        return self._decide(step, gate, plan, batch)

    def _decide(self, step: AskedStep, gate: Gate, plan: Plan, batch: "_Batch") -> bytes:
        now = batch.situation.now
        counters = [batch.counters[name] for name in plan.names]
        amounts = step.facts.amounts
        verdict, inputs = self._verdict(
            step, gate, plan, batch.situation, amounts=amounts, counters=counters
        )
        taken = verdict.action.lets_step_happen
        decision = Decision(
            id=new_id("dec"),
            run_id=step.run_id,
            step_id=step.step_id,
            tenant_id=step.tenant_id,
            verdict=verdict,
            gate_epoch=gate.epoch,
            decided_at=now,
            expires_at=now + self.reservation_lifetime if taken else None,
        )
        row = DecisionRow(
            decision=decision,
            question_hash=step.question_hash,
            inputs=inputs,
            answer=self.encode(decision).body,
        )
        batch.consequences.decided(row)
        batch.decided[step.key] = row
        if taken:
            batch.consequences.reserve(_reserved(step, amounts, plan, counters, decision))
        if plan.program.trials:
            cost = step.facts.cost_micro_usd
            batch.consequences.note_divergences(decision, plan.program, cost)
        if verdict.others and batch.situation.overrides:
            batch.consequences.note_overrides(decision, gate, batch.situation.overrides)
        if verdict.winner is not None:
            batch.gates[step.gate_key] = batch.consequences.follow(decision, gate, plan, counters)
        return row.answer

    def _verdict(
        self,
        step: AskedStep,
        gate: Gate,
        plan: Plan,
        situation: Situation,
        *,
        amounts: Sequence[int],
        counters: Sequence[Counter],
    ) -> tuple[Verdict, bytes]:
        """What is to be done, and what that was decided by, as it is kept."""
        if step.let_pass_by:
            verdict, inputs = let_pass(step.let_pass_by)
            return verdict, written_inputs(inputs, gate.snapshot_id)
        if gate.state is not GateState.OPEN:
            return at_the_gate(gate), written_inputs({"gate": gate.state.value}, gate.snapshot_id)
        table, facts = plan.table, step.facts
        if step.inspected is not None:
            facts = step.inspected.added_to(facts)
        used = _used(table, facts, gate, counters, situation)
        caps = stricter_caps(table.rules, counters)
        governance = situation.governance[step.tenant_id]
        set_aside = set_aside_for(gate, situation.overrides)
        verdict = decide(
            table, used, facts, amounts, caps=caps, governance=governance, set_aside=set_aside
        )
        if not (caps or set_aside) and governance is GovernanceState.ACTIVE and is_plain(facts):
            return verdict, plain_inputs(facts, used, gate.snapshot_id)
        return verdict, written_inputs(
            inputs_of(facts, used, caps, governance, set_aside), gate.snapshot_id
        )


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What a batch knows, and what it has decided so far."""

    situation: Situation
    gates: dict[GateKey, Gate]
    decided: dict[StepKey, StoredDecision | DecisionRow]
    plans: dict[GateKey, Plan | ServiceError]
    counters: dict[tuple[str, str], Counter]
    consequences: Consequences = field()


def _still_counts(known: StoredDecision | DecisionRow, gate: Gate) -> bool:
    """Whether an earlier answer is today's.

    Under the same gate it always is, and leave to take a step holds for as long as the gate is
    open. What was forbidden may be asked again once the gate has moved, or a resumed run could
    never go on where it stopped.
    """
    if known.gate_epoch == gate.epoch:
        return True
    return known.action <= Action.WARN and gate.state is GateState.OPEN


def _was_looked_at(step: AskedStep, gate: Gate, plan: Plan) -> bool:
    """Whether what the step says was looked at by the rules that decide it."""
    if not plan.table.content or gate.state is not GateState.OPEN:
        return True
    return step.inspected is not None and step.inspected.content_hash == gate.content_hash


def let_pass(fault: str) -> tuple[Verdict, dict[str, Any]]:
    """A step that was let pass while nothing could be decided; its cost counts all the same."""
    verdict = Verdict(action=Action.CONTINUE, reason=Reason.FAULT, fault=fault)
    return verdict, {"outage": fault}


def at_the_gate(gate: Gate) -> Verdict:
    """What a run is told whose gate is not open."""
    waits = gate.awaits_acknowledgement
    return Verdict(
        action=ACTION_AT[gate.state],
        reason=Reason.AWAITS_ACKNOWLEDGEMENT if waits else Reason.GATE,
        requires_ack=waits,
    )


def stricter_caps(rules: Sequence[Any], counters: Sequence[Counter]) -> dict[int, int | None]:
    """Places whose cap in force is below the snapshot's, or whose budget is frozen."""
    caps: dict[int, int | None] = {}
    for place, (rule, counter) in enumerate(zip(rules, counters, strict=False)):
        if counter.frozen:
            caps[place] = None
        elif counter.cap is not None and counter.cap < rule.cap:
            caps[place] = counter.cap
    return caps


def _used(
    table: RuleTable,
    facts: Facts,
    gate: Gate,
    counters: Sequence[Counter],
    situation: Situation,
) -> list[int]:
    """Where each rule stands, whether it counts or looks."""
    used = [counter.total for counter in counters[: len(table.rules)]]
    for place in table.durations:
        used[place] = int((situation.now - gate.opened_at).total_seconds() * 1000)
    if facts.plane_id:
        for place in table.accesses:
            used[place] = int(facts.plane_id not in table.rules[place].allowed_planes)
    return used


def _reserved(
    step: AskedStep,
    amounts: Sequence[int],
    plan: Plan,
    counters: Sequence[Counter],
    decision: Decision,
) -> Reservation:
    holds = [
        Hold(counter.id, amounts[metric], counter.reserve(amounts[metric]), metric)
        for counter, metric in zip(counters, plan.metrics, strict=True)
        if amounts[metric] or metric < _FACTUAL
    ]
    assert decision.expires_at is not None
    return Reservation(
        tenant_id=step.tenant_id,
        run_id=step.run_id,
        step_id=step.step_id,
        kind=step.facts.kind,
        holds=tuple(holds),
        expires_at=decision.expires_at,
    )


# Tokens and cost may turn out to be something although nothing was estimated.
_FACTUAL = 4
