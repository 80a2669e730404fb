"""What has to hold of a run that is complete, and what it means if it does not. Pure.

Each check compares what is recomputed now with what was said when the run was completed. Where one
does not hold, its finding says what differs, and the first thing that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.orchestrator.domain.recomputed_ledger import (
    COMPLETED,
    GATE_OPENED,
    TRACE_SEALED,
    RecomputedLedger,
    SignedLedger,
    Told,
)
from services.orchestrator.domain.recomputed_trace import RecomputedTrace, SealedTrace
from services.orchestrator.domain.run_contract import Acknowledgement, Expectation, missing
from services.orchestrator.domain.snapshot_hashes import (
    ReadSnapshot,
    content_hash_of,
    threshold_hash_of,
)


class Verdict(StrEnum):
    """Whether everything of a run matches."""

    VERIFIED = "VERIFIED"
    BROKEN = "BROKEN"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Whether one thing matches."""

    name: str
    holds: bool
    finding: str
    # Whether what it needs may only not have arrived yet, which breaks nothing.
    is_awaited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProof:
    """The verdict with everything that was looked at."""

    verdict: Verdict
    checks: tuple[Check, ...]
    ledger_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedDecisions:
    """What deciding everything again has shown."""

    count: int
    # The steps that came out differently.
    divergent: tuple[str, ...]
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """How a run ended, as activity shows it."""

    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGate:
    """What the gate of a run names."""

    snapshot_id: str
    decisions_root: str


def concluded(checks: Sequence[Check], *, ledger_size: int) -> RunProof:
    """The verdict on a complete run: one check that does not hold breaks it."""
    failed = [check for check in checks if not check.holds]
    verdict = Verdict.VERIFIED if checks and not failed else Verdict.BROKEN
    if failed and all(check.is_awaited for check in failed):
        verdict = Verdict.INCOMPLETE
    return RunProof(verdict=verdict, checks=tuple(checks), ledger_size=ledger_size)


def incomplete(why: str) -> RunProof:
    """The verdict on a run that has nothing to compare with yet."""
    check = Check(name="completion", holds=False, finding=why)
    return RunProof(verdict=Verdict.INCOMPLETE, checks=(check,))


def unread(name: str, why: str) -> Check:
    """A check that cannot hold, since what it is about cannot be read any more."""
    return Check(name=name, holds=False, finding=f"It cannot be recomputed: {why}")


def contract_check(
    acknowledged: Mapping[Expectation, Acknowledgement], *, ledger: RecomputedLedger
) -> Check:
    """Every domain has acknowledged its part, and named what the ledger names."""
    absent = missing(frozenset(acknowledged))
    if absent:
        names = ", ".join(one.lower() for one in absent)
        return _no("contract", f"Never acknowledged by: {names}.")
    told = ledger.told(COMPLETED)
    for expectation, named in _named(told):
        given = acknowledged[expectation].reference
        if named and given != named:
            finding = f"{expectation.lower()} acknowledged {given}; the ledger names {named}."
            return _no("contract", finding)
    return _yes("contract", "Every domain has acknowledged its part.")


def _named(told: Told | None) -> list[tuple[Expectation, str]]:
    if told is None:
        return []
    return [
        (Expectation.ACTIVITY, str(told.after.get("trace_root", ""))),
        (Expectation.POLICIES, str(told.after.get("decisions_root", ""))),
        (Expectation.LOGS, str(told.sequence)),
    ]


def completion_entry_check(ledger: RecomputedLedger, run: EndedRun) -> Check:
    """The ledger holds the one entry on the run's end, and it ended so."""
    told = ledger.told(COMPLETED)
    if told is None:
        return _no("completion_entry", f"The ledger does not hold one {COMPLETED} of this run.")
    said = EndedRun(
        status=str(told.after.get("ending_status")), reason=str(told.after.get("ending_reason"))
    )
    if said != run:
        finding = (
            f"Entry {told.sequence} says {said.status}/{said.reason}; "
            f"the run says {run.status}/{run.reason}."
        )
        return _no("completion_entry", finding)
    return _yes("completion_entry", f"Entry {told.sequence} says {said.status}, as the run does.")


def step_check(trace: RecomputedTrace) -> Check:
    """Each step is, byte by byte, what was hashed when it was recorded."""
    if trace.first_fault:
        return _no("steps", trace.first_fault)
    late = f", and {trace.late_count} late ones" if trace.late_count else ""
    return _yes("steps", f"All {trace.step_count} steps{late} are what was hashed.")


def trace_checks(
    trace: RecomputedTrace, sealed: SealedTrace | None, ledger: RecomputedLedger
) -> list[Check]:
    """The root over the steps is that of the seal, and that of the ledger."""
    if sealed is None or not sealed.root_hash:
        return [_unsealed(trace, ledger)]
    name = "trace_root"
    if (trace.root, trace.step_count) != (sealed.root_hash, sealed.step_count):
        finding = (
            f"{trace.step_count} steps lead to {trace.root}; {sealed.step_count} were sealed with "
            f"{sealed.root_hash}."
        )
        return [_no(name, finding), _trace_in_ledger(sealed, ledger)]
    finding = f"{trace.step_count} steps lead to the sealed root {trace.root}."
    return [_yes(name, finding), _trace_in_ledger(sealed, ledger)]


def _unsealed(trace: RecomputedTrace, ledger: RecomputedLedger) -> Check:
    told = ledger.told(COMPLETED)
    named = "" if told is None else told.after.get("trace_root", "")
    if named or trace.step_count:
        return _no("trace_root", f"The trace is not sealed; the ledger names {named or 'no root'}.")
    return _yes("trace_root", "The run never began, so there is nothing to seal.")


def _trace_in_ledger(sealed: SealedTrace, ledger: RecomputedLedger) -> Check:
    for event_type, member in ((COMPLETED, "trace_root"), (TRACE_SEALED, "root_hash")):
        told = ledger.told(event_type)
        if told is None:
            return _absent("trace_in_ledger", event_type)
        if told.after.get(member) != sealed.root_hash:
            finding = (
                f"Entry {told.sequence} names the root {told.after.get(member)}; "
                f"the trace is sealed with {sealed.root_hash}."
            )
            return _no("trace_in_ledger", finding)
    return _yes("trace_in_ledger", "The ledger names the sealed root, twice.")


def decision_checks(
    replayed: ReplayedDecisions | None, gate: ReadGate | None, ledger: RecomputedLedger
) -> list[Check]:
    """Every decision comes out as it was, and their root is that of gate and ledger."""
    told = ledger.told(COMPLETED)
    named = "" if told is None else str(told.after.get("decisions_root", ""))
    if replayed is None or gate is None:
        if named:
            return [_no("decisions", f"The run has no gate; the ledger names the root {named}.")]
        return [_yes("decisions", "The run was never opened, so nothing was decided.")]
    return [_replay_check(replayed), _decisions_root_check(replayed.root, gate, named)]


def _replay_check(replayed: ReplayedDecisions) -> Check:
    if replayed.divergent:
        finding = (
            f"{len(replayed.divergent)} of {replayed.count} decisions come out differently, "
            f"first that on the step {replayed.divergent[0]}."
        )
        return _no("decisions", finding)
    return _yes("decisions", f"All {replayed.count} decisions come out as they were.")


def _decisions_root_check(root: str, gate: ReadGate, named: str) -> Check:
    if gate.decisions_root != root:
        finding = f"The decisions lead to {root}; the gate was closed with {gate.decisions_root}."
        return _no("decisions_root", finding)
    if named != root:
        finding = f"The decisions lead to {root}; the ledger names {named or 'none'}."
        return _no("decisions_root", finding)
    return _yes("decisions_root", f"The decisions lead to {root}, as gate and ledger name it.")


def snapshot_checks(snapshot: ReadSnapshot, ledger: RecomputedLedger) -> list[Check]:
    """What the run was decided by is what was hashed when it began."""
    content = content_hash_of(snapshot)
    if content != snapshot.content_hash:
        finding = f"{snapshot.id} hashes to {content}; it was taken with {snapshot.content_hash}."
        return [_no("snapshot", finding)]
    opened = ledger.told(GATE_OPENED)
    if opened is None:
        return [_absent("snapshot", GATE_OPENED)]
    named = opened.after.get("content_hash")
    if named != content:
        finding = f"{snapshot.id} hashes to {content}; entry {opened.sequence} names {named}."
        return [_no("snapshot", finding)]
    thresholds = threshold_hash_of(snapshot)
    if thresholds != snapshot.threshold_hash:
        finding = f"The thresholds hash to {thresholds}, not to {snapshot.threshold_hash}."
        return [_yes_snapshot(snapshot), _no("thresholds", finding)]
    return [_yes_snapshot(snapshot), _yes("thresholds", f"They hash to {thresholds}.")]


def _yes_snapshot(snapshot: ReadSnapshot) -> Check:
    return _yes("snapshot", f"{snapshot.id} hashes to what the ledger names.")


def entry_check(ledger: RecomputedLedger) -> Check:
    """Each entry is, byte by byte, what was hashed when it was appended."""
    if ledger.first_fault:
        return _no("ledger_entries", ledger.first_fault)
    return _yes("ledger_entries", f"All {len(ledger.hashes)} entries are what was hashed.")


def inclusion_check(signed: SignedLedger, *, proven: int, first_unproven: int | None) -> Check:
    """Each entry leads to the root that logs has signed."""
    if signed.problem:
        return _no("ledger_inclusion", signed.problem)
    if first_unproven is not None:
        finding = f"Entry {first_unproven} does not lead to the signed root over {signed.size}."
        return _no("ledger_inclusion", finding)
    finding = f"All {proven} entries lead to the signed root over {signed.size} entries."
    return _yes("ledger_inclusion", finding)


def _absent(name: str, event_type: str) -> Check:
    """An entry that its service may not have delivered yet; RUN_COMPLETED comes from us."""
    finding = f"The ledger does not hold one {event_type} of this run (yet)."
    return Check(name=name, holds=False, finding=finding, is_awaited=event_type != COMPLETED)


def _yes(name: str, finding: str) -> Check:
    return Check(name=name, holds=True, finding=finding)


def _no(name: str, finding: str) -> Check:
    return Check(name=name, holds=False, finding=finding)
