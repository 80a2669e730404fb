"""What happened to a run, in one sentence and as one chain of causes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.orchestrator.domain import causal_chain
from services.orchestrator.domain.causal_chain import Link, explain
from services.orchestrator.domain.chain_facts import (
    ChainFacts,
    CompletedStepFact,
    CompletionFact,
    DecisionFact,
    EnforcementFact,
    EntryFact,
    FindingFact,
    GateFact,
    IncidentFact,
    PreventionFact,
    ProposalFact,
    RunFact,
    StepFact,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BUDGET = FindingFact(
    policy_id="pol_1", limit_type="COST_MICRO_USD", value=120, threshold=100, detail=""
)


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def run(status: str, **more: Any) -> RunFact:
    words = {"id": "run_1", "reason": "", "agent_id": "agt_1", "created_at": at(0), **more}
    return RunFact(status=status, **words)


def gate(state: str, **more: Any) -> GateFact:
    words = {"opened_at": at(1), "changed_at": at(8), "changed_by": "", "reason": "", **more}
    return GateFact(state=state, **words)


def completion(**more: Any) -> CompletionFact:
    words = {
        "id": "sga_1",
        "state": "FINISHED",
        "cause": "AGENT",
        "said_by": "key_1",
        "last_error": "",
        "created_at": at(9),
        **more,
    }
    return CompletionFact(**words)


def decision(step: int, action: str = "CONTINUE", **more: Any) -> DecisionFact:
    words = {"reason": "ALLOWED", "at": at(2 + step), **more}
    return DecisionFact(id=f"dec_{step}", step_id=f"s{step}", action=action, **words)


STOPPED = ChainFacts(
    run=run(
        "FAILED_POLICY",
        reason="BUDGET_EXCEEDED",
        step_count=2,
        stopped_at_step=1,
        violation_policy_id="pol_1",
    ),
    gate=gate("STOPPED", changed_at=at(3), changed_by="pol_1", reason="cost"),
    completion=completion(steps=[CompletedStepFact(name="audit", at=at(13))]),
    steps=[
        StepFact(id="run_1/0", index=0, step_id="s0", skill="search", status="SUCCEEDED", at=at(2)),
        StepFact(id="run_1/1", index=1, step_id="s1", skill="buy", status="BLOCKED", at=at(3)),
    ],
    decisions=[
        decision(0),
        decision(1, "STOP", reason="BREACH", finding=BUDGET),
        decision(2, "STOP", reason="GATE"),
    ],
    enforcements=[
        EnforcementFact(
            id="enf_1",
            step_id="s1",
            policy_id="pol_1",
            action="STOP",
            decision_id="dec_1",
            at=at(3),
        )
    ],
    incidents=[
        IncidentFact(
            id="inc_1",
            severity="HIGH",
            category="BUDGET_EXCEEDED",
            title="Over budget",
            policy_id="pol_1",
            decision_id="dec_1",
            at=at(11),
        )
    ],
    proposals=[ProposalFact(id="prp_1", incident_id="inc_1", state="PENDING", at=at(12))],
    entries=[
        EntryFact(
            id="led_1",
            sequence=7,
            event_type="RUN_COMPLETED",
            entity_id="run_1",
            actor_id="service:orchestrator",
            at=at(14),
        )
    ],
    policy_names={"pol_1": "Budget"},
)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            STOPPED,
            "Stopped at step 1 by policy 'Budget' (COST_MICRO_USD 120 of 100): "
            "incident inc_1 HIGH, proposal prp_1 pending.",
        ),
        (
            replace(STOPPED, policy_names={}, incidents=(), proposals=()),
            "Stopped at step 1 by policy pol_1 (COST_MICRO_USD 120 of 100).",
        ),
        (
            replace(STOPPED, gate=gate("KILLED"), decisions=(), incidents=(), proposals=()),
            "Killed at step 1 by policy 'Budget'.",
        ),
        (
            replace(
                STOPPED,
                incidents=(),
                proposals=(),
                preventions=[
                    PreventionFact(
                        id="prv_1", policy_id="pol_1", original_incident_id="inc_0", at=at(11)
                    )
                ],
            ),
            "Stopped at step 1 by policy 'Budget' (COST_MICRO_USD 120 of 100): "
            "prevented by policy 'Budget' (prv_1).",
        ),
        (
            ChainFacts(
                run=run("PAUSED", step_count=4),
                gate=gate("PAUSED", changed_by="pol_1"),
                decisions=[
                    decision(
                        4,
                        "PAUSE",
                        reason="BREACH",
                        finding=replace(BUDGET, limit_type="", detail="EMAIL_ADDRESS"),
                    )
                ],
                policy_names={"pol_1": "No addresses"},
            ),
            "Paused after 4 steps by policy 'No addresses' (EMAIL_ADDRESS).",
        ),
        (
            ChainFacts(
                run=run("CANCELLED", step_count=1),
                gate=gate("KILLED", changed_by="per_1", reason="enough"),
            ),
            "Killed after 1 step by per_1 (enough).",
        ),
        (
            ChainFacts(
                run=run("CANCELLED"), gate=gate("CLOSED"), completion=completion(said_by="per_2")
            ),
            "Cancelled after 0 steps by per_2.",
        ),
        (
            ChainFacts(
                run=run("FAILED", reason="SYSTEM_FAILURE", step_count=3),
                completion=completion(cause="STALE"),
            ),
            "Failed after 3 steps (SYSTEM_FAILURE: nobody was heard of any more).",
        ),
        (
            ChainFacts(run=run("FAILED", reason="TIMEOUT", step_count=3)),
            "Failed after 3 steps (TIMEOUT).",
        ),
        (ChainFacts(run=run("SUCCEEDED", step_count=2)), "Succeeded after 2 steps."),
        (ChainFacts(run=run("QUEUED")), "Waits to begin."),
        (ChainFacts(run=run("RUNNING")), "Runs, without a step yet."),
        (
            ChainFacts(
                run=run("RUNNING", step_count=5),
                completion=completion(state="PARKED", last_error="logs is away"),
            ),
            "Is being completed after 5 steps; the completion waits for a person (logs is away).",
        ),
        (
            ChainFacts(run=run("SUCCEEDED", step_count=9000), truncated=["steps", "decisions"]),
            "Succeeded after 9000 steps. There is more than is told here of: steps, decisions.",
        ),
    ],
)
def test_a_run_is_one_sentence(facts: ChainFacts, sentence: str) -> None:
    assert explain(facts).summary == sentence


def by_id(facts: ChainFacts) -> dict[str, Link]:
    return {link.id: link for link in explain(facts).links}


def test_the_chain_leads_from_the_entry_and_from_the_proposal_back_to_the_run() -> None:
    links = by_id(STOPPED)
    for first, path in (
        ("prp_1", ["inc_1", "enf_1", "dec_1", "run_1"]),
        ("led_1", ["sga_1/audit", "sga_1", "run_1/gate", "dec_1", "run_1"]),
    ):
        link = links[first]
        for name in path:
            assert name in link.because_of
            link = links[name]


def test_the_links_are_in_order_of_time_and_causes_come_first() -> None:
    links = explain(STOPPED).links
    assert [link.at for link in links] == sorted(link.at for link in links)
    places = {link.id: place for place, link in enumerate(links)}
    assert len(places) == len(links)
    for link in links:
        for cause in link.because_of:
            assert places.get(cause, -1) < places[link.id], (link.id, cause)


def test_what_only_repeats_the_gate_is_because_of_the_gate() -> None:
    links = by_id(STOPPED)
    assert links["dec_2"].because_of == ("run_1/gate",)
    assert "gate was not open" in links["dec_2"].what


def test_a_step_is_because_of_what_was_decided_about_it() -> None:
    links = by_id(STOPPED)
    assert links["run_1/1"].because_of == ("dec_1",)
    assert links["run_1/1"].what == "Step 1, buy, did not happen."


def test_mutant_without_what_led_to_it_an_incident_hangs_in_the_air(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(causal_chain, "_led_to", lambda *_: ())
    with pytest.raises(AssertionError):
        test_the_chain_leads_from_the_entry_and_from_the_proposal_back_to_the_run()
