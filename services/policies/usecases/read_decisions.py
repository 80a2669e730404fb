"""Read decisions back: what every rule said, and whether it would be decided so again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kernel.identifiers import RunId, SnapshotId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.policies.domain.counting import METRICS, StepKind
from services.policies.domain.decide import decide, every_finding
from services.policies.domain.decision import (
    ContentFinding,
    Decision,
    Facts,
    Fault,
    Finding,
    SetAside,
    Verdict,
)
from services.policies.domain.errors import DecisionNotFound, SnapshotNotFound
from services.policies.domain.gate import Gate
from services.policies.domain.governance import GovernanceState
from services.policies.domain.output import amounts_beyond, output_table
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import Program, RuleTable
from services.policies.domain.snapshot import Snapshot
from services.policies.usecases.admit_steps import Encoded
from services.policies.usecases.close_gates import decisions_root
from services.policies.usecases.move_gates import get_gate
from services.policies.usecases.ports import StoredDecision, UnitOfWork
from services.policies.usecases.programs import Programs

_PAGE = 500
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What deciding everything again has shown."""

    count: int
    # What was answered, and what would be.
    divergences: Sequence[tuple[StoredDecision, bytes]]
    root: str


async def get_decision(
    run_id: RunId,
    step_id: str,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    programs: Programs,
) -> tuple[StoredDecision, list[Finding]]:
    """Return the last decision on a step, and what every rule said.

    Raises:
        GateNotFound: the run was never opened, or the principal may not know of it.
        DecisionNotFound: the step was never asked about.
    """
    gate = await get_gate(run_id, principal=principal, unit_of_work=unit_of_work)
    stored = await unit_of_work.decisions.last_of_step(gate.tenant_id, run_id, step_id)
    if stored is None:
        raise DecisionNotFound.of_step(run_id, step_id)
    known = _Known.read(stored)
    if known.at_gate:
        return stored, []
    program = await _program(gate, known.snapshot_id, unit_of_work, programs)
    table = known.table(program)
    return stored, every_finding(table, known.used, known.amounts, known.caps)


async def list_decisions(
    run_id: RunId, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[StoredDecision]:
    """Return the decisions of a run, oldest first.

    Raises:
        GateNotFound: the run was never opened, or the principal may not know of it.
    """
    gate = await get_gate(run_id, principal=principal, unit_of_work=unit_of_work)
    return await unit_of_work.decisions.of_run(gate.tenant_id, run_id, page)


async def get_snapshot(
    snapshot_id: SnapshotId, *, principal: Principal, unit_of_work: UnitOfWork
) -> Snapshot:
    """Return a snapshot that is what was taken.

    Raises:
        SnapshotNotFound: there is none that the principal may know of.
        SnapshotDamaged: it is not what was taken.
    """
    snapshot = await unit_of_work.snapshots.find(principal.tenant_id, snapshot_id)
    if snapshot is None:
        raise SnapshotNotFound.of(snapshot_id)
    snapshot.policies()
    return snapshot


async def replay(
    run_id: RunId,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    programs: Programs,
    encode: Callable[[Decision], Encoded],
    revise: Callable[[bytes, Verdict], Decision],
) -> Replayed:
    """Decide every step of a run again from what was known, and compare the answers.

    Raises:
        GateNotFound: the run was never opened, or the principal may not know of it.
    """
    gate = await get_gate(run_id, principal=principal, unit_of_work=unit_of_work)
    by_snapshot: dict[SnapshotId, Program] = {}
    count = 0
    divergences: list[tuple[StoredDecision, bytes]] = []
    page = PageRequest(size=_PAGE)
    while True:
        found = await unit_of_work.decisions.of_run(gate.tenant_id, gate.run_id, page)
        for stored in found.items:
            count += 1
            known = _Known.read(stored)
            if known.snapshot_id not in by_snapshot:
                program = await _program(gate, known.snapshot_id, unit_of_work, programs)
                by_snapshot[known.snapshot_id] = program
            again = _again(stored, known, by_snapshot[known.snapshot_id], encode, revise)
            if again != stored.answer and len(divergences) < _SHOWN:
                divergences.append((stored, again))
        if found.next_after is None:
            break
        page = replace(page, after=found.next_after)
    root = await decisions_root(gate, unit_of_work)
    return Replayed(count=count, divergences=divergences, root=root)


def _again(
    stored: StoredDecision,
    known: "_Known",
    program: Program,
    encode: Callable[[Decision], Encoded],
    revise: Callable[[bytes, Verdict], Decision],
) -> bytes:
    if known.at_gate:
        return stored.answer
    verdict = decide(
        known.table(program),
        known.used,
        known.facts,
        known.amounts,
        caps=known.caps,
        governance=known.governance,
        set_aside=known.set_aside,
    )
    return encode(revise(stored.answer, verdict)).body


async def _program(
    gate: Gate, snapshot_id: SnapshotId, unit_of_work: UnitOfWork, programs: Programs
) -> Program:
    """What decided then; the snapshot is looked at anew, not taken from what is kept in memory."""
    snapshot = await unit_of_work.snapshots.find(gate.tenant_id, snapshot_id)
    if snapshot is None:
        raise SnapshotNotFound.of(snapshot_id)
    return programs.learn(snapshot)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was known when a step was decided."""

    facts: Facts
    used: list[int]
    amounts: tuple[int, ...]
    caps: dict[int, int | None]
    governance: GovernanceState
    set_aside: dict[str, SetAside]
    at_gate: bool
    snapshot_id: SnapshotId
    # Tokens beyond the reservation, for a decision about output; None for any other.
    output: int | None

    @classmethod
    def read(cls, stored: StoredDecision) -> "_Known":
        plain: dict[str, Any] = json.loads(stored.inputs)
        facts = facts_of(plain)
        start = "start" in plain
        return cls(
            facts=facts,
            used=plain.get("used", []),
            amounts=_amounts(plain, facts),
            caps={int(place): cap for place, cap in plain.get("caps", {}).items()},
            governance=GovernanceState[plain.get("governance", "ACTIVE")],
            set_aside={
                name: SetAside(reason) for name, reason in plain.get("set_aside", {}).items()
            },
            # A policy that nobody understood is in no snapshot; what it led to stands as it is.
            at_gate="gate" in plain or "outage" in plain or (start and "faults" in plain),
            snapshot_id=SnapshotId(plain["snapshot"]),
            output=plain.get("output"),
        )

    def table(self, program: Program) -> RuleTable:
        """The rules that decided."""
        if self.output is None:
            return program.at[self.facts.moment]
        return output_table(program, beyond=self.output > 0)


def _amounts(plain: dict[str, Any], facts: Facts) -> tuple[int, ...]:
    if "output" in plain:
        return amounts_beyond(plain["output"])
    return (1,) * (METRICS - 1) + (0,) if "start" in plain else facts.amounts


def facts_of(plain: dict[str, Any]) -> Facts:
    """What was known of a step when it was decided."""
    if "facts" not in plain:
        return Facts(kind=StepKind.OTHER, moment=BindAt.RUN_START)
    kind, given, received, cost, plane = plain["facts"]
    return Facts(
        kind=StepKind(kind),
        input_tokens=given,
        output_tokens=received,
        cost_micro_usd=cost,
        plane_id=plane,
        content=tuple(
            ContentFinding(
                policy_id=policy, rule_name=rule, detail=detail, policy_version=sum(version)
            )
            # What was decided before versions were noted has none here.
            for policy, rule, detail, *version in plain.get("content", [])
        ),
        faults=tuple(Fault(*fault) for fault in plain.get("faults", [])),
    )
