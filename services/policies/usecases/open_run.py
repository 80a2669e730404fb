"""Open the gate of a run: which policies apply, the snapshot, what binds at the start."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.identifiers import RunId, SnapshotId, new_id
from kernel.principal import Principal
from services.policies.domain.action import Action
from services.policies.domain.counting import METRICS, StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Decision, Facts, Finding, Reason, SetAside, Verdict
from services.policies.domain.errors import GateConflict, GovernanceDegraded, NoPolicyApplies
from services.policies.domain.events import GateOpened
from services.policies.domain.gate import STATE_AFTER, Gate, GateState
from services.policies.domain.governance import GovernanceState
from services.policies.domain.plain import sha256
from services.policies.domain.policy_body import BindAt, FailureMode
from services.policies.domain.program import Program, RunContext
from services.policies.domain.rollout import divergences
from services.policies.domain.snapshot import (
    AppliedPolicy,
    Snapshot,
    content_of,
    thresholds_hash,
)
from services.policies.usecases.admit_steps import Encoded
from services.policies.usecases.malformed import Malformed, understood
from services.policies.usecases.overrides_in_force import set_aside_at_start, uses_of
from services.policies.usecases.ports import (
    AdmissionTransaction,
    DecisionRow,
    OpenOverride,
    UnitOfWork,
    Written,
)
from services.policies.usecases.programs import Programs

# The step that stands for the start of a run among its decisions.
START = "start"
# A run begins only where there is room for at least one more of whatever is limited.
_ONE_OF_EACH = (1,) * (METRICS - 1) + (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that is about to begin."""

    principal: Principal
    context: RunContext
    synthetic_scenario_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run's gate, what it is decided by, and what was decided at the start."""

    gate: Gate
    snapshot: Snapshot
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """Which policies would apply to a run, and what they would say at its start."""

    policy_ids: tuple[str, ...]
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpener:
    """Opens runs."""

    programs: Programs
    encode: Callable[[Decision], Encoded]
    # Whether a run may begin to which no policy applies; only a profile that observes lets it.
    allow_without_policies: bool

    async def __call__(self, command: OpenRun, *, unit_of_work: UnitOfWork) -> Opened:
        """Open a run, or say again how it was opened.

        Raises:
            GovernanceDegraded: no run begins now.
            NoPolicyApplies: nothing governs the run, which the profile forbids.
            GateConflict: it was opened before in other circumstances.
        """
        tenant_id = command.principal.tenant_id
        known = await unit_of_work.gates.hold(tenant_id, RunId(command.context.run_id))
        if known is not None:
            return await self._again(known, command, unit_of_work)
        prepared = await self._prepared(command, unit_of_work)
        opened = await self._keep(prepared, command, unit_of_work=unit_of_work)
        await unit_of_work.gates.note_check(prepared.gate, prepared.epoch)
        return opened

    async def preview(self, command: OpenRun, *, unit_of_work: UnitOfWork) -> Previewed:
        """Say how a run would be opened now. The caller must not commit: nothing of it is to stay.

        Raises:
            GovernanceDegraded: no run begins now.
            NoPolicyApplies: nothing governs the run, which the profile forbids.
        """
        prepared = await self._prepared(command, unit_of_work)
        decision = _decision_of(prepared)
        return Previewed(policy_ids=prepared.gate.policy_ids, answer=self.encode(decision).body)

    async def _prepared(self, command: OpenRun, unit_of_work: UnitOfWork) -> "_Prepared":
        tenant_id = command.principal.tenant_id
        governance = await unit_of_work.governance.in_force(tenant_id)
        if governance is GovernanceState.DEGRADED:
            raise GovernanceDegraded(
                "Governance is degraded, so no run begins. Look at the governance switch."
            )
        # Read before the policies are: a change meanwhile is one to be checked against.
        epoch = await unit_of_work.policies.epoch(tenant_id)
        candidates = await unit_of_work.policies.applying_to(command.context)
        if not candidates and not self.allow_without_policies:
            raise NoPolicyApplies(
                "No policy applies to the run. Activate one with scope ALL_RUNS, or run under the "
                "profile OBSERVE_ONLY.",
                metadata={"run_id": command.context.run_id},
            )
        policies, malformed = understood(candidates, run_id=command.context.run_id)
        admission = await unit_of_work.admission()
        snapshot = await self._snapshot(command, policies, admission, unit_of_work)
        program = self.programs.known(tenant_id, snapshot.content_hash)
        program = program or self.programs.learn(snapshot)
        gate, start = await self._begin(
            command, snapshot, program, malformed, governance=governance, admission=admission
        )
        return _Prepared(
            gate=gate,
            snapshot=snapshot,
            start=start,
            program=program,
            admission=admission,
            epoch=epoch,
        )

    async def _again(self, gate: Gate, command: OpenRun, unit_of_work: UnitOfWork) -> Opened:
        if gate.context != command.context:
            raise GateConflict(
                f"The run {gate.run_id} was opened before in other circumstances.",
                metadata={"run_id": gate.run_id},
            )
        snapshot = await unit_of_work.snapshots.find(gate.tenant_id, gate.snapshot_id)
        decision = await unit_of_work.decisions.last_of_step(gate.tenant_id, gate.run_id, START)
        assert snapshot is not None
        assert decision is not None
        unit_of_work.leave_unchanged()
        return Opened(gate=gate, snapshot=snapshot, answer=decision.answer)

    async def _snapshot(
        self,
        command: OpenRun,
        policies: Sequence[AppliedPolicy],
        admission: AdmissionTransaction,
        unit_of_work: UnitOfWork,
    ) -> Snapshot:
        content = content_of(policies)
        situation = await admission.hold_gates([])
        return await unit_of_work.snapshots.keep(
            Snapshot(
                id=SnapshotId(new_id("snp")),
                tenant_id=command.principal.tenant_id,
                content=content,
                content_hash=sha256(content),
                threshold_hash=thresholds_hash(policies),
                created_at=situation.now,
            )
        )

    async def _begin(
        self,
        command: OpenRun,
        snapshot: Snapshot,
        program: Program,
        malformed: Sequence[Malformed],
        *,
        governance: GovernanceState,
        admission: AdmissionTransaction,
    ) -> tuple[Gate, "_Start"]:
        situation = await admission.hold_gates([])
        now = situation.now
        table = program.at[BindAt.RUN_START]
        keys = [rule.counter_key(command.context, now) for rule in table.rules]
        counters = await admission.hold_counters(keys, now)
        used = [counters[key.tenant_id, key.id].total for key in keys]
        facts = Facts(kind=StepKind.OTHER, moment=BindAt.RUN_START)
        set_aside = set_aside_at_start(command.context, situation.overrides)
        verdict = decide(
            table, used, facts, _ONE_OF_EACH, governance=governance, set_aside=set_aside
        )
        verdict = _with_faults(verdict, malformed)
        closed = any(item.failure_mode is FailureMode.FAIL_CLOSED for item in malformed)
        gate = Gate(
            run_id=RunId(command.context.run_id),
            tenant_id=command.principal.tenant_id,
            context=command.context,
            snapshot_id=snapshot.id,
            content_hash=snapshot.content_hash,
            policy_ids=program.policy_ids,
            opened_at=now,
            changed_at=now,
            state=STATE_AFTER.get(verdict.action, GateState.OPEN),
            reason="" if verdict.winner is None else verdict.winner.limit_name,
            changed_by=command.principal.actor_id,
            awaits_acknowledgement=verdict.requires_ack and verdict.action is Action.PAUSE,
            governance_bypassed=governance is GovernanceState.DISABLED,
            inspection=program.inspection,
            on_unreachable=FailureMode.FAIL_CLOSED if closed else program.on_unreachable,
            synthetic_scenario_id=command.synthetic_scenario_id,
        )
        inputs = {
            "used": used,
            "governance": governance.name,
            "start": True,
            "snapshot": snapshot.id,
        }
        if malformed:
            inputs["faults"] = [[item.policy_id, item.fault] for item in malformed]
        if set_aside:
            inputs["set_aside"] = {name: reason.value for name, reason in set_aside.items()}
        return gate, _Start(verdict=verdict, inputs=inputs, overrides=situation.overrides)

    async def _keep(
        self, prepared: "_Prepared", command: OpenRun, *, unit_of_work: UnitOfWork
    ) -> Opened:
        gate, start, program = prepared.gate, prepared.start, prepared.program
        if not await unit_of_work.gates.add(gate):
            raise GateConflict(f"The run {gate.run_id} is being opened by somebody else. Retry.")
        decision = _decision_of(prepared)
        encoded = self.encode(decision)
        row = DecisionRow(
            decision=decision,
            question_hash=hashlib.sha256(repr(command.context).encode()).digest(),
            inputs=json.dumps(start.inputs, separators=(",", ":")).encode(),
            answer=encoded.body,
        )
        enforced = (
            []
            if start.verdict.action is Action.CONTINUE
            else [(decision, gate.synthetic_scenario_id)]
        )
        await prepared.admission.write(
            Written(
                decisions=[row],
                reservations=[],
                counters=[],
                gates=[],
                enforcements=enforced,
                decided_at=gate.opened_at,
                override_uses=uses_of(decision, gate.context, start.overrides),
                divergences=divergences(decision, program, 0) if program.trials else (),
            )
        )
        unit_of_work.announce(GateOpened(gate=gate), actor=command.principal.actor)
        return Opened(gate=gate, snapshot=prepared.snapshot, answer=encoded.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """What the policies that bind at the start say, and what they knew."""

    verdict: Verdict
    inputs: dict[str, object]
    overrides: Sequence[OpenOverride]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A run's gate before anything of it is kept."""

    gate: Gate
    snapshot: Snapshot
    start: _Start
    program: Program
    admission: AdmissionTransaction
    # The change of policies that it was decided after.
    epoch: int


def _decision_of(prepared: _Prepared) -> Decision:
    gate = prepared.gate
    return Decision(
        id=new_id("dec"),
        run_id=gate.run_id,
        step_id=START,
        tenant_id=gate.tenant_id,
        verdict=prepared.start.verdict,
        gate_epoch=gate.epoch,
        decided_at=gate.opened_at,
    )


def _with_faults(verdict: Verdict, malformed: Sequence[Malformed]) -> Verdict:
    """A policy that nobody understands says what its failure mode does."""
    if not malformed:
        return verdict
    findings = [_fault(item, bypassed=verdict.bypassed) for item in malformed]
    closing = [finding for finding in findings if finding.set_aside is None]
    if not closing or verdict.action >= Action.STOP:
        others = (*verdict.others, *findings)
        return Verdict(
            action=verdict.action,
            reason=verdict.reason,
            winner=verdict.winner,
            others=others,
            requires_ack=verdict.requires_ack,
            bypassed=verdict.bypassed,
            fault=malformed[0].fault,
        )
    before = () if verdict.winner is None else (verdict.winner,)
    rest = tuple(finding for finding in findings if finding is not closing[0])
    return Verdict(
        action=Action.STOP,
        reason=Reason.FAULT,
        winner=closing[0],
        others=(*before, *verdict.others, *rest),
        fault=closing[0].detail,
    )


def _fault(item: Malformed, *, bypassed: bool) -> Finding:
    opens = SetAside.FAIL_OPEN if item.failure_mode is FailureMode.FAIL_OPEN else None
    return Finding(
        policy_id=item.policy_id,
        policy_version=item.version,
        limit_name="",
        action=Action.STOP,
        breach=True,
        proximity_percent=100,
        detail=item.fault,
        set_aside=SetAside.BYPASSED if bypassed else opens,
    )
