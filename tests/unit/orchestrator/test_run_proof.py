"""What has to hold of a complete run, check by check."""

import json
from typing import Any

import pytest

from kernel.clock import utc_now
from kernel.merkle import CompactRange, leaf_hash
from services.orchestrator.domain.recomputed_ledger import (
    KeptEntry,
    RecomputedLedger,
    SignedLedger,
    leads_to,
)
from services.orchestrator.domain.recomputed_trace import KeptStep, RecomputedTrace, SealedTrace
from services.orchestrator.domain.run_contract import Acknowledgement, Expectation
from services.orchestrator.domain.run_proof import (
    Check,
    EndedRun,
    ReadGate,
    ReplayedDecisions,
    Verdict,
    completion_entry_check,
    concluded,
    contract_check,
    decision_checks,
    entry_check,
    incomplete,
    step_check,
    trace_checks,
)

WRITERS = {"RUN_COMPLETED": "orchestrator", "TRACE_SEALED": "activity", "GATE_OPENED": "policies"}


def step(index: int, *, late: bool = False, kept: bytes | None = None) -> KeptStep:
    content = f"step {index}".encode()
    return KeptStep(index=index, kept=kept or content, leaf_hash=leaf_hash(content), late=late)


def trace_of(*steps: KeptStep) -> RecomputedTrace:
    trace = RecomputedTrace()
    trace.take(steps)
    return trace


def entry(sequence: int, event_type: str, after: dict[str, Any], **more: Any) -> KeptEntry:
    leaf = json.dumps(
        {
            "tenant_id": "ten_1",
            "run_id": "run_1",
            "service": WRITERS[event_type],
            "event_type": event_type,
            "after": after,
            **more,
        }
    ).encode()
    return KeptEntry(sequence=sequence, leaf=leaf, leaf_hash=leaf_hash(leaf))


def ledger_of(*entries: KeptEntry) -> RecomputedLedger:
    ledger = RecomputedLedger(tenant_id="ten_1", run_id="run_1")
    ledger.take(entries)
    return ledger


def complete_ledger(**told: Any) -> RecomputedLedger:
    root = trace_of(step(0), step(1)).root
    after = {
        "trace_root": root,
        "decisions_root": "d",
        "ending_status": "SUCCEEDED",
        "ending_reason": "COMPLETED",
        **told,
    }
    return ledger_of(
        entry(4, "RUN_COMPLETED", after), entry(5, "TRACE_SEALED", {"root_hash": root})
    )


def acknowledged(**references: str) -> dict[Expectation, Acknowledgement]:
    given = {
        "ACTIVITY": trace_of(step(0), step(1)).root,
        "POLICIES": "d",
        "INCIDENTS": "nothing to conclude",
        "LOGS": "4",
        **references,
    }
    return {
        Expectation(name): Acknowledgement(
            expectation=Expectation(name), reference=reference, at=utc_now()
        )
        for name, reference in given.items()
    }


def test_steps_lead_to_the_root_that_was_sealed_and_told() -> None:
    trace = trace_of(step(0), step(1), step(2, late=True))
    sealed = SealedTrace(trace_id="trc_1", step_count=2, root_hash=trace.root)
    checks = [step_check(trace), *trace_checks(trace, sealed, complete_ledger())]
    assert all(check.holds for check in checks)
    assert [check.name for check in checks] == ["steps", "trace_root", "trace_in_ledger"]


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ((step(0), step(1, kept=b"other")), "Step 1 is not what was hashed"),
        ((step(0), step(2)), "Step 1 is not there; 2 follows"),
        ((step(1),), "Step 0 is not there"),
        ((step(0), step(1, late=True, kept=b"other")), "The late step 1 is not what was hashed"),
    ],
)
def test_the_first_step_that_is_not_what_it_was_is_named(
    steps: tuple[KeptStep, ...], fault: str
) -> None:
    check = step_check(trace_of(*steps))
    assert not check.holds
    assert fault in check.finding


def test_a_run_that_never_began_has_nothing_to_seal() -> None:
    nothing = complete_ledger(trace_root="")
    assert all(check.holds for check in trace_checks(trace_of(), None, nothing))
    assert not all(check.holds for check in trace_checks(trace_of(), None, complete_ledger()))
    assert not all(check.holds for check in trace_checks(trace_of(step(0)), None, nothing))


def test_what_anybody_else_writes_about_a_run_proves_nothing() -> None:
    forged = entry(1, "RUN_COMPLETED", {"ending_status": "SUCCEEDED"}, service="incidents")
    assert ledger_of(forged).told("RUN_COMPLETED") is None


def test_an_entry_of_another_run_or_tenant_is_a_fault() -> None:
    for more in ({"run_id": "run_2"}, {"tenant_id": "ten_2"}):
        check = entry_check(ledger_of(entry(3, "TRACE_SEALED", {}, **more)))
        assert (check.holds, check.finding) == (False, "Entry 3 belongs to another run.")


def test_two_entries_that_say_how_it_ended_say_nothing() -> None:
    twice = ledger_of(entry(1, "RUN_COMPLETED", {}), entry(2, "RUN_COMPLETED", {}))
    assert not completion_entry_check(twice, EndedRun(status="FAILED", reason="")).holds


def test_the_run_ended_as_the_ledger_says() -> None:
    ledger = complete_ledger()
    assert completion_entry_check(ledger, EndedRun(status="SUCCEEDED", reason="COMPLETED")).holds
    other = completion_entry_check(ledger, EndedRun(status="FAILED", reason="COMPLETED"))
    assert not other.holds


@pytest.mark.parametrize("domain", list(Expectation))
def test_each_acknowledgement_counts(domain: Expectation) -> None:
    given = acknowledged()
    del given[domain]
    check = contract_check(given, ledger=complete_ledger())
    assert (check.holds, check.finding) == (False, f"Never acknowledged by: {domain.lower()}.")


@pytest.mark.parametrize("domain", ["ACTIVITY", "POLICIES", "LOGS"])
def test_an_acknowledgement_names_what_the_ledger_names(domain: str) -> None:
    assert contract_check(acknowledged(), ledger=complete_ledger()).holds
    check = contract_check(acknowledged(**{domain: "other"}), ledger=complete_ledger())
    assert not check.holds
    assert "acknowledged other" in check.finding


@pytest.mark.parametrize(
    ("replayed", "gate", "failing"),
    [
        (ReplayedDecisions(count=2, divergent=(), root="d"), "d", set()),
        (ReplayedDecisions(count=2, divergent=("s1",), root="d"), "d", {"decisions"}),
        (ReplayedDecisions(count=2, divergent=(), root="e"), "d", {"decisions_root"}),
        (ReplayedDecisions(count=2, divergent=(), root="e"), "e", {"decisions_root"}),
    ],
)
def test_decisions_come_out_as_they_were_and_lead_to_the_root_that_was_told(
    replayed: ReplayedDecisions, gate: str, failing: set[str]
) -> None:
    checks = decision_checks(
        replayed, ReadGate(snapshot_id="snp_1", decisions_root=gate), complete_ledger()
    )
    assert {check.name for check in checks if not check.holds} == failing


def test_a_gate_that_was_never_opened_decided_nothing() -> None:
    assert decision_checks(None, None, complete_ledger(decisions_root=""))[0].holds
    assert not decision_checks(None, None, complete_ledger())[0].holds


def test_an_entry_leads_to_the_signed_root_by_its_proof_alone() -> None:
    tree = CompactRange()
    leaves = [leaf_hash(bytes([number])) for number in range(2)]
    for leaf in leaves:
        tree.append(leaf)
    signed = SignedLedger(size=2, root_hash=tree.root(), note="log\n2\nroot\n")
    assert signed.problem == ""
    assert leads_to(signed, sequence=0, leaf=leaves[0], proof=[leaves[1]])
    assert not leads_to(signed, sequence=1, leaf=leaves[0], proof=[leaves[1]])
    assert not leads_to(signed, sequence=2, leaf=leaves[0], proof=[leaves[1]])
    assert SignedLedger(size=3, root_hash=tree.root(), note="log\n2\nroot\n").problem


def test_one_check_breaks_the_proof_and_what_is_on_its_way_does_not() -> None:
    good = Check(name="a", holds=True, finding="")
    bad = Check(name="b", holds=False, finding="")
    awaited = Check(name="c", holds=False, finding="", is_awaited=True)
    assert concluded([good], ledger_size=1).verdict is Verdict.VERIFIED
    assert concluded([good, awaited], ledger_size=1).verdict is Verdict.INCOMPLETE
    assert concluded([good, bad, awaited], ledger_size=1).verdict is Verdict.BROKEN
    assert concluded([], ledger_size=1).verdict is Verdict.BROKEN
    assert incomplete("not yet").verdict is Verdict.INCOMPLETE


def test_a_seal_that_has_not_reached_the_ledger_yet_is_awaited() -> None:
    trace = trace_of(step(0), step(1))
    sealed = SealedTrace(trace_id="trc_1", step_count=2, root_hash=trace.root)
    ledger = ledger_of(entry(4, "RUN_COMPLETED", {"trace_root": trace.root}))
    (missing,) = [check for check in trace_checks(trace, sealed, ledger) if not check.holds]
    assert missing.is_awaited
