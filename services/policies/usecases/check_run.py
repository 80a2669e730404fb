"""Compare what a run is decided by with what is in force now, while it runs.

What binds at the start stays as it was for the whole run. Everything else is taken over in a new
snapshot; where the run stands beyond a limit of it already, the gate obeys at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kernel.errors import InternalError
from kernel.identifiers import RunId, SnapshotId, new_id
from kernel.principal import Principal
from services.policies.domain.action import Action
from services.policies.domain.counting import METRICS, StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Facts, Verdict
from services.policies.domain.events import GateChanged
from services.policies.domain.gate import Gate, GateState
from services.policies.domain.plain import sha256
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import Program
from services.policies.domain.snapshot import (
    AppliedPolicy,
    Snapshot,
    content_of,
    thresholds_hash,
)
from services.policies.usecases.malformed import understood
from services.policies.usecases.move_gates import known_gate
from services.policies.usecases.overrides_in_force import set_aside_for
from services.policies.usecases.ports import Situation, UnitOfWork
from services.policies.usecases.programs import Programs

_NOTHING = (0,) * METRICS
_LOOK = Facts(kind=StepKind.OTHER)


class CheckOutcome(StrEnum):
    """What a run does after it was checked."""

    CONTINUE = "CONTINUE"
    PAUSE = "PAUSE"
    TERMINATE = "TERMINATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check has led to, and which policies are the reason."""

    outcome: CheckOutcome
    policy_ids: tuple[str, ...]
    gate: Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChecker:
    """Checks runs."""

    programs: Programs

    async def __call__(
        self, run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork
    ) -> Checked:
        """Check one run.

        Raises:
            GateNotFound: it was never opened, or the principal may not know of it.
        """
        gate = known_gate(
            await unit_of_work.gates.hold(principal.tenant_id, run_id), run_id, principal
        )
        if gate.is_over:
            unit_of_work.leave_unchanged()
            return Checked(outcome=CheckOutcome.TERMINATE, policy_ids=(), gate=gate)
        # Read before the policies are: a change meanwhile is one more to be checked against.
        epoch = await unit_of_work.policies.epoch(gate.tenant_id)
        admission = await unit_of_work.admission()
        situation = await admission.hold_gates([(gate.tenant_id, gate.run_id)])
        snapshot = await self._in_force(gate, situation, unit_of_work)
        known = self.programs.known(gate.tenant_id, snapshot.content_hash)
        program = known or self.programs.learn(snapshot)
        taken = gate
        if snapshot.content_hash != gate.content_hash:
            taken = gate.decided_by(
                snapshot.id, snapshot.content_hash, program.policy_ids, at=situation.now
            )
        plan = self.programs.plan(taken, program, situation.now)
        held = await admission.hold_counters(plan.keys, situation.now)
        used = [held[name].total for name in plan.names[: len(plan.table.rules)]]
        verdict = _look(program, used, taken, situation)
        before, after = gate, _obeying(taken, verdict, situation)
        outcome = _standing(after, _OUTCOMES.get(verdict.action, (CheckOutcome.CONTINUE, None))[0])
        if after is before:
            unit_of_work.leave_unchanged()
        else:
            await unit_of_work.gates.update(after)
            event = GateChanged(gate=after, step="CHECKED")
            unit_of_work.announce(event, actor=principal.actor, before=before)
        await unit_of_work.gates.note_check(after, epoch)
        reasons = () if outcome is CheckOutcome.CONTINUE else _reasons(verdict)
        return Checked(outcome=outcome, policy_ids=reasons, gate=after)

    async def _in_force(
        self, gate: Gate, situation: Situation, unit_of_work: UnitOfWork
    ) -> Snapshot:
        snapshot = await unit_of_work.snapshots.find(gate.tenant_id, gate.snapshot_id)
        if snapshot is None:
            raise InternalError(f"The snapshot of {gate.run_id} is gone.")
        policies = _merged(
            snapshot.policies(),
            understood(await unit_of_work.policies.applying_to(gate.context), run_id=gate.run_id)[
                0
            ],
        )
        content = content_of(policies)
        return await unit_of_work.snapshots.keep(
            Snapshot(
                id=SnapshotId(new_id("snp")),
                tenant_id=gate.tenant_id,
                content=content,
                content_hash=sha256(content),
                threshold_hash=thresholds_hash(policies),
                created_at=situation.now,
            )
        )


_OUTCOMES = {
    Action.PAUSE: (CheckOutcome.PAUSE, GateState.PAUSED),
    Action.STOP: (CheckOutcome.TERMINATE, GateState.STOPPED),
    Action.KILL: (CheckOutcome.TERMINATE, GateState.KILLED),
}


def _obeying(gate: Gate, verdict: Verdict, situation: Situation) -> Gate:
    """The gate after what the policies in force say of where the run stands."""
    _, state = _OUTCOMES.get(verdict.action, (CheckOutcome.CONTINUE, None))
    if state is None or verdict.winner is None or gate.state is state:
        return gate
    reason = f"{verdict.winner.limit_name} of {verdict.winner.policy_id}: passed"
    return gate.moved(state, at=situation.now, reason=reason, by=verdict.winner.policy_id)


def _reasons(verdict: Verdict) -> tuple[str, ...]:
    return () if verdict.winner is None else (verdict.winner.policy_id,)


def _standing(gate: Gate, outcome: CheckOutcome) -> CheckOutcome:
    """A run that was paused before goes on being so, whatever the check found."""
    paused = gate.state is GateState.PAUSED and outcome is CheckOutcome.CONTINUE
    return CheckOutcome.PAUSE if paused else outcome


def _merged(before: Sequence[AppliedPolicy], now: Sequence[AppliedPolicy]) -> list[AppliedPolicy]:
    """What binds at the start as it was, everything else as it is now."""
    kept = [policy for policy in before if policy.body.precedence.bind_at is BindAt.RUN_START]
    known = {policy.policy_id for policy in kept}
    return kept + [
        policy
        for policy in now
        if policy.body.precedence.bind_at is not BindAt.RUN_START and policy.policy_id not in known
    ]


def _look(program: Program, used: list[int], gate: Gate, situation: Situation) -> Verdict:
    table = program.at[BindAt.EACH_STEP]
    for place in table.durations:
        used[place] = int((situation.now - gate.opened_at).total_seconds() * 1000)
    return decide(
        table,
        used,
        _LOOK,
        _NOTHING,
        governance=situation.governance[gate.tenant_id],
        set_aside=set_aside_for(gate, situation.overrides),
    )
