"""Decide about a piece of output: one transaction, the decision on disk before it is told."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kernel.identifiers import new_id
from services.policies.domain.action import Action
from services.policies.domain.counting import Counter, StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Decision, Facts, Verdict
from services.policies.domain.errors import GateNotFound, NotInspected, ReservationNotFound
from services.policies.domain.gate import LEGAL, STATE_AFTER, Gate, GateState
from services.policies.domain.output import (
    amounts_beyond,
    granted,
    output_table,
    step_name,
    widened,
)
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import Program
from services.policies.domain.reservation import Reservation, ReservationState
from services.policies.usecases.admit_steps import Encoded, at_the_gate, stricter_caps
from services.policies.usecases.consequences import Consequences
from services.policies.usecases.decision_inputs import inputs_of
from services.policies.usecases.inspect_content import Inspected
from services.policies.usecases.output_progress import OutputAnswer, OutputChunk, OutputProgress
from services.policies.usecases.overrides_in_force import set_aside_for
from services.policies.usecases.ports import (
    AdmissionTransaction,
    DecisionRow,
    OpenAdmission,
    Situation,
    StoredDecision,
)
from services.policies.usecases.programs import Plan

# Tokens that are reserved ahead once output is beyond its reservation, where there is room.
_AHEAD = 256
# How many decisions about one output are looked for at once.
_NUMBERS = 16
# A step under way may end when its run is paused or stopped, but not when it is killed.
_ENDED_AT_ONCE = (GateState.KILLED, GateState.CLOSED)
_GOES_ON = OutputAnswer(action=Action.CONTINUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What a decision about output is made from, as it stays until the transaction ends."""

    situation: Situation
    gate: Gate
    reservation: Reservation
    plan: Plan
    counters: Sequence[Counter]
    # Tokens that may come out by what is reserved; None where nothing limits them.
    granted: int | None
    number: int
    # What was answered to the very same piece before.
    known: StoredDecision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """What the rules say of a piece, from what, and how many tokens more it takes."""

    verdict: Verdict
    inputs: dict[str, Any]
    beyond: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOutput:
    """Decides about pieces of output."""

    open_admission: OpenAdmission
    encode: Callable[[Decision], Encoded]
    decode: Callable[[bytes], Any]

    async def __call__(
        self, chunk: OutputChunk, progress: OutputProgress, program: Program, news: Inspected
    ) -> OutputAnswer:
        """Decide about one piece.

        Raises:
            GateNotFound: the run was never opened, or the asker may not know of it.
            ReservationNotFound: the step was never admitted.
            NotInspected: the run is decided by something else meanwhile.
        """
        async with self.open_admission(chunk.tenant_id) as transaction:
            held = await _hold(chunk, progress, program, transaction)
            progress.granted = held.granted
            if held.known is not None:
                progress.decided = held.number
                message = self.decode(held.known.answer)
                return OutputAnswer(action=Action(message.action), decision=message)
            weighed = _weigh(chunk, held, news)
            if not _worth_keeping(weighed, held):
                return _GOES_ON
            answer = await self._keep(chunk, held, weighed, progress, transaction)
            await transaction.commit()
        progress.decided = held.number
        if weighed.beyond and weighed.verdict.action.lets_step_happen:
            progress.granted = (held.granted or 0) + weighed.beyond
        return answer

    async def _keep(
        self,
        chunk: OutputChunk,
        held: _Held,
        weighed: _Weighed,
        progress: OutputProgress,
        transaction: AdmissionTransaction,
    ) -> OutputAnswer:
        verdict, now = weighed.verdict, held.situation.now
        if weighed.beyond and verdict.action.lets_step_happen:
            await _widen(held, weighed.beyond, transaction)
        decision = Decision(
            id=new_id("dec"),
            run_id=chunk.run_id,
            step_id=step_name(chunk.step_id, held.number),
            tenant_id=chunk.tenant_id,
            verdict=verdict,
            gate_epoch=held.gate.epoch,
            decided_at=now,
        )
        encoded = self.encode(decision)
        row = DecisionRow(
            decision=decision,
            question_hash=progress.question_hash(chunk),
            inputs=json.dumps(weighed.inputs, separators=(",", ":")).encode(),
            answer=encoded.body,
        )
        consequences = _consequences(decision, held, transaction, now)
        consequences.decided(row)
        await transaction.write(consequences.written(held.counters))
        return OutputAnswer(action=verdict.action, decision=encoded.message)


async def _hold(
    chunk: OutputChunk,
    progress: OutputProgress,
    program: Program,
    transaction: AdmissionTransaction,
) -> _Held:
    run, step = (chunk.tenant_id, chunk.run_id), (chunk.tenant_id, chunk.run_id, chunk.step_id)
    situation = await transaction.hold_gates([run])
    gate = situation.gates.get(run)
    if gate is None:
        raise GateNotFound.of(chunk.run_id)
    if gate.content_hash != program.content_hash:
        raise NotInspected.of(chunk.step_id)
    reservation = (await transaction.hold_reservations([step])).get(step)
    if reservation is None:
        raise ReservationNotFound.of_step(chunk.run_id, chunk.step_id)
    number, known = await _numbered(chunk, progress, gate, transaction)
    may = granted(reservation.holds, await _input_tokens(step, transaction))
    plan = _plan(gate, program, situation.now, beyond=may is not None and chunk.output_tokens > may)
    held = await transaction.hold_counters(plan.keys, situation.now)
    return _Held(
        situation=situation,
        gate=gate,
        reservation=reservation,
        plan=plan,
        counters=[held[name] for name in plan.names],
        granted=may,
        number=number,
        known=known,
    )


async def _numbered(
    chunk: OutputChunk,
    progress: OutputProgress,
    gate: Gate,
    transaction: AdmissionTransaction,
) -> tuple[int, StoredDecision | None]:
    """The next number that nobody has taken, or the one under which this was answered before."""
    number, asked = progress.decided, progress.question_hash(chunk)
    while True:
        numbers = range(number + 1, number + 1 + _NUMBERS)
        names = {one: step_name(chunk.step_id, one) for one in numbers}
        taken: Mapping[Any, StoredDecision] = await transaction.decided(
            [(chunk.tenant_id, chunk.run_id, name) for name in names.values()]
        )
        for number, name in names.items():
            known = taken.get((chunk.tenant_id, chunk.run_id, name))
            if known is None:
                return number, None
            if known.question_hash == asked and known.gate_epoch == gate.epoch:
                return number, known


async def _input_tokens(step: tuple[str, str, str], transaction: AdmissionTransaction) -> int:
    """What was said to go in when the step was admitted: limits of the total hold that as well."""
    stored = (await transaction.decided([step])).get(step)
    facts = [] if stored is None else json.loads(stored.inputs).get("facts", [])
    return int(facts[1]) if facts else 0


def _plan(gate: Gate, program: Program, now: datetime, *, beyond: bool) -> Plan:
    table = output_table(program, beyond=beyond)
    keys = tuple(rule.counter_key(gate.context, now) for rule in table.rules)
    return Plan(
        program=program,
        table=table,
        keys=keys,
        names=tuple((key.tenant_id, key.id) for key in keys),
        metrics=table.metrics,
    )


def _weigh(chunk: OutputChunk, held: _Held, news: Inspected) -> _Weighed:
    gate = held.gate
    if gate.state in _ENDED_AT_ONCE or held.reservation.state is not ReservationState.OPEN:
        inputs = {"gate": gate.state.value, "snapshot": gate.snapshot_id}
        over = gate if gate.is_over else replace(gate, state=GateState.CLOSED)
        return _Weighed(verdict=at_the_gate(over), inputs=inputs)
    exactly = max(chunk.output_tokens - (held.granted or 0), 0) if held.granted is not None else 0
    ahead = _weighed_with(held, news, exactly + _AHEAD) if exactly else None
    if ahead is not None and ahead.verdict.action is Action.CONTINUE:
        return ahead
    return _weighed_with(held, news, exactly)


def _weighed_with(held: _Held, news: Inspected, beyond: int) -> _Weighed:
    gate, situation, table = held.gate, held.situation, held.plan.table
    facts = news.added_to(Facts(kind=StepKind.OTHER, moment=BindAt.FIRST_TOKEN))
    used = [counter.total for counter in held.counters]
    for place in table.durations:
        used[place] = int((situation.now - gate.opened_at).total_seconds() * 1000)
    caps = stricter_caps(table.rules, held.counters)
    governance = situation.governance[gate.tenant_id]
    set_aside = set_aside_for(gate, situation.overrides)
    verdict = decide(
        table,
        used,
        facts,
        amounts_beyond(beyond),
        caps=caps,
        governance=governance,
        set_aside=set_aside,
    )
    inputs = inputs_of(facts, used, caps, governance, set_aside)
    inputs |= {"output": beyond, "snapshot": gate.snapshot_id}
    return _Weighed(verdict=verdict, inputs=inputs, beyond=beyond)


def _worth_keeping(weighed: _Weighed, held: _Held) -> bool:
    """Whether anything was decided; that nothing was to be decided is no decision."""
    verdict = weighed.verdict
    begins = held.number == 1 and bool(held.plan.table.rules)
    said = verdict.winner is not None or bool(verdict.others)
    return begins or said or bool(weighed.beyond) or verdict.action is not Action.CONTINUE


async def _widen(held: _Held, beyond: int, transaction: AdmissionTransaction) -> None:
    """Reserve what comes out beyond what was reserved."""
    holds = widened(held.reservation.holds, beyond)
    changed = {hold.counter_id for hold in holds} - {
        hold.counter_id
        for hold, before in zip(holds, held.reservation.holds, strict=True)
        if hold == before
    }
    for counter in held.counters:
        if counter.id in changed:
            counter.reserve(beyond)
    await transaction.widen_reservation(replace(held.reservation, holds=holds))


def _consequences(
    decision: Decision, held: _Held, transaction: AdmissionTransaction, now: datetime
) -> Consequences:
    consequences, verdict = Consequences(transaction=transaction, now=now), decision.verdict
    if verdict.others and held.situation.overrides:
        consequences.note_overrides(decision, held.gate, held.situation.overrides)
    if held.plan.program.trials:
        consequences.note_divergences(decision, held.plan.program, 0)
    waits = GateState.PAUSED if verdict.requires_ack else None
    moves_to = waits or STATE_AFTER.get(verdict.action)
    # A run that is paused or over already is not moved to where it is.
    may_move = moves_to is None or (held.gate.state, moves_to) in LEGAL
    if verdict.winner is not None and may_move:
        consequences.follow(decision, held.gate, held.plan, held.counters)
    return consequences
