"""Somebody with all the rights of the database changes something of a run; its proof names it."""

from typing import Any

import pytest

from aos.orchestrator.v1 import evidence_service_pb2
from services.orchestrator.domain import recomputed_trace, run_proof
from tests.integration.orchestrator import rewriting
from tests.support.finished_runs import succeeded_run
from tests.support.orchestrated import Agent, Household

BROKEN = evidence_service_pb2.PROOF_VERDICT_BROKEN
VERIFIED = evidence_service_pb2.PROOF_VERDICT_VERIFIED


async def prove(household: Household, run_id: str) -> Any:
    return await household.asks("orchestrator").call("GetRunProof", run_id=run_id)


async def rewritten(household: Household, agent: Agent, rewrite: rewriting.Rewrite) -> Any:
    """The proof of a run that was proven once, and then something of it was changed."""
    run_id = await succeeded_run(household, agent)
    assert (await prove(household, run_id)).verdict == VERIFIED
    async with rewriting.all_rights(household.plane.database) as connection:
        await rewrite(connection, run_id)
    return await prove(household, run_id)


def failed(proof: Any) -> dict[str, str]:
    return {check.name: check.finding for check in proof.checks if not check.holds}


@pytest.mark.parametrize(
    ("rewrite", "check", "named"),
    [
        (rewriting.change_a_step, "steps", "Step 1 is not what was hashed"),
        (rewriting.change_a_step_with_its_hash, "trace_root", "3 steps lead to"),
        (rewriting.change_a_step_and_seal_again, "trace_in_ledger", "the trace is sealed with"),
        (rewriting.remove_a_step, "steps", "Step 1 is not there"),
        (rewriting.change_an_answer, "decisions", "first that on the step s1"),
        (rewriting.remove_a_decision, "decisions_root", "the gate was closed with"),
        (rewriting.change_the_snapshot, "snapshot", "names"),
        (rewriting.change_an_entry, "ledger_entries", "is not what was hashed"),
        (rewriting.change_an_entry_with_its_hash, "ledger_inclusion", "does not lead to the"),
        (rewriting.rewrite_the_ledger, "ledger_inclusion", "does not verify"),
        (rewriting.hide_the_completion, "completion_entry", "does not hold one RUN_COMPLETED"),
        (rewriting.change_how_it_ended, "completion_entry", "the run says SUCCEEDED/TIMEOUT"),
        (rewriting.change_an_acknowledgement, "contract", "policies acknowledged anything"),
        (rewriting.remove_an_acknowledgement, "contract", "Never acknowledged by: incidents"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_the_proof_names_what_was_changed(
    household: Household, agent: Agent, rewrite: rewriting.Rewrite, check: str, named: str
) -> None:
    proof = await rewritten(household, agent, rewrite)
    assert proof.verdict == BROKEN
    assert named in failed(proof)[check]


async def test_mutant_a_proof_that_does_not_hash_again_sees_nothing(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputed_trace.RecomputedTrace, "_notice", lambda *_: None)
    proof = await rewritten(household, agent, rewriting.change_a_step)
    assert proof.verdict == VERIFIED


async def test_mutant_a_proof_that_asks_the_ledger_nothing_believes_a_second_seal(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def believe(*_: object) -> run_proof.Check:
        return run_proof.Check(name="trace_in_ledger", holds=True, finding="")

    monkeypatch.setattr(run_proof, "_trace_in_ledger", believe)
    monkeypatch.setattr(run_proof, "_named", lambda _: [])
    proof = await rewritten(household, agent, rewriting.change_a_step_and_seal_again)
    assert proof.verdict == VERIFIED
