"""Incidents lead to proposals, people try them on the past and decide, and drafts come of them."""

import asyncio
import uuid
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.policies.v1 import policy_pb2, proposal_pb2
from kernel.identifiers import new_id
from tests.support.governed import CONTINUE, STOP, Tenant, body, limit, scope
from tests.support.identities import somebody
from tests.support.learning import Learning
from tests.support.people import Person, person
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

PENDING, APPROVED, REJECTED = (
    proposal_pb2.PROPOSAL_STATE_PENDING,
    proposal_pb2.PROPOSAL_STATE_APPROVED,
    proposal_pb2.PROPOSAL_STATE_REJECTED,
)


@pytest_asyncio.fixture(loop_scope="session")
async def learning(plane: Plane, tenant: Tenant) -> Learning:
    return Learning(plane, tenant)


def decided(proposal: proposal_pb2.Proposal) -> dict[str, str]:
    return {"proposal_id": proposal.id, "etag": proposal.etag}


async def test_an_approved_proposal_becomes_a_draft_that_governs_once_it_is_activated(
    tenant: Tenant, learning: Learning
) -> None:
    proposal = await learning.propose(body=body(limit("STEPS", 1)))
    answer = await learning.approve(proposal, comment="sound")
    assert (answer.proposal.state, answer.proposal.review_reason) == (APPROVED, "sound")
    policy = answer.policy
    assert answer.proposal.policy_id == policy.id
    assert (policy.state, policy.source, policy.origin_id) == (
        policy_pb2.POLICY_STATE_DRAFT,
        policy_pb2.POLICY_SOURCE_LEARNED,
        proposal.id,
    )
    await tenant.govern(limit("TOTAL_TOKENS", 1_000))
    assert [await (run := await tenant.open_run()).action(), await run.action()] == [CONTINUE] * 2
    await tenant.activate(policy)
    assert [await (run := await tenant.open_run()).action(), await run.action()] == [
        CONTINUE,
        STOP,
    ]


async def test_every_step_of_a_proposal_is_in_the_ledger_with_its_run_and_announced(
    plane: Plane, learning: Learning
) -> None:
    approved, rejected = await learning.propose(), await learning.propose()
    await learning.approve(approved)
    await learning.reviewer.call("RejectProposal", **decided(rejected), reason="too strict")
    for proposal, last in ((approved, "PROPOSAL_APPROVED"), (rejected, "PROPOSAL_REJECTED")):
        name = proposal.id
        entries = await until(lambda name=name: _two(plane, name))
        assert {entry.event_type for entry in entries} == {"PROPOSAL_CREATED", last}
        assert {entry.run_id for entry in entries} == {proposal.triggering_run_id}
        rows = await plane.database.fetch(
            "SELECT event_type FROM policies.outbox WHERE aggregate_id = $1 "
            "ORDER BY aggregate_sequence",
            name,
        )
        assert [row["event_type"].upper() for row in rows] == ["PROPOSAL_CREATED", last]


def _two(plane: Plane, entity_id: str) -> list[Any] | None:
    found = plane.logs.of(entity_id)
    return found if len(found) == 2 else None


async def test_nobody_approves_their_own_unless_their_tenant_allows_it(
    tenant: Tenant, learning: Learning
) -> None:
    proposal = await learning.propose()
    own = learning.machine.call
    told = await refusal(own("ApproveProposal", **decided(proposal)))
    assert (told.code, told.reason) == (
        StatusCode.PERMISSION_DENIED,
        "SELF_APPROVAL_FORBIDDEN",
    )
    settings = (await learning.reviewer.call("GetReviewSettings")).settings
    assert (settings.allow_self_approval, settings.etag) == (False, "0")
    changed = await learning.reviewer.call(
        "UpdateReviewSettings", etag=settings.etag, allow_self_approval=True
    )
    assert changed.settings.allow_self_approval
    stale = learning.reviewer.call("UpdateReviewSettings", etag="0", allow_self_approval=False)
    assert (await refusal(stale)).reason == "ETAG_MISMATCH"
    assert (await own("ApproveProposal", **decided(proposal))).proposal.state == APPROVED


async def test_mutant_without_the_rule_anybody_approves_their_own(
    learning: Learning, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = await learning.propose()
    monkeypatch.setattr(
        "services.policies.domain.proposal.ReviewSettings.require_reviewer",
        lambda *_arguments: None,
    )
    answer = await learning.machine.call("ApproveProposal", **decided(proposal))
    assert answer.proposal.state == APPROVED


async def test_an_incident_leads_to_one_proposal_however_often_it_is_made(
    learning: Learning,
) -> None:
    made = await asyncio.gather(
        *(learning.propose(incident_id="inc_1", signature=f"s{n}") for n in range(10))
    )
    assert len({proposal.id for proposal in made}) == 1
    assert len(await learning.reviewer.every("ListProposals", "proposals")) == 1


async def test_a_proposal_is_decided_once(plane: Plane, learning: Learning) -> None:
    proposal = await learning.propose()
    second = person(plane, somebody("governance", tenant=learning.tenant.id))
    calls = [
        second.call("RejectProposal", **decided(proposal), reason="no"),
        *(learning.approve(proposal) for _ in range(5)),
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert len([one for one in answers if not isinstance(one, Exception)]) == 1
    for again in (
        learning.approve(proposal),
        second.call("RejectProposal", **decided(proposal), reason="no"),
    ):
        told = await refusal(again)
        assert (told.code, told.reason) == (
            StatusCode.FAILED_PRECONDITION,
            "PROPOSAL_DECIDED",
        )
    drafts = await plane.database.value(
        "SELECT count(*) FROM policies.policies WHERE origin_id = $1", proposal.id
    )
    kept = (await second.call("GetProposal", proposal_id=proposal.id)).proposal
    assert drafts == (1 if kept.state == APPROVED else 0)


async def test_rejecting_wants_a_reason_and_every_decision_what_was_read(
    learning: Learning,
) -> None:
    proposal = await learning.propose()
    reject = learning.reviewer.call
    told = await refusal(reject("RejectProposal", **decided(proposal)))
    assert set(told.fields) == {"reason"}
    stale = await refusal(reject("RejectProposal", proposal_id=proposal.id, etag="7", reason="no"))
    assert stale.reason == "ETAG_MISMATCH"
    answer = await reject("RejectProposal", **decided(proposal), reason="too strict")
    assert (answer.proposal.state, answer.proposal.review_reason) == (REJECTED, "too strict")


async def test_what_a_policy_cannot_say_cannot_be_proposed(learning: Learning) -> None:
    contradiction = body(limit("STEPS", 5), monitors=policy_pb2.MonitorConfig())
    told = await refusal(learning.propose(body=contradiction))
    assert (told.code, "body.limits[0].type" in told.fields) == (
        StatusCode.INVALID_ARGUMENT,
        True,
    )


async def test_what_the_ledger_could_not_hold_is_refused_before_it_is_written(
    plane: Plane, tenant: Tenant, learning: Learning
) -> None:
    terms = [f"{'é' * 400}{number}" for number in range(40)]
    rule = policy_pb2.ContentRule(name="words", detector=policy_pb2.DETECTOR_WORDS, terms=terms)
    long = body(watched=(policy_pb2.MONITOR_CONTENT,), content_rules=[rule])
    for call in (learning.propose(body=long), tenant.draft(long)):
        assert set((await refusal(call)).fields) == {"body"}
    assert plane.services["policies"].foundation.audit.problem() is None


@pytest.mark.invariant("I-31")
async def test_another_tenants_proposal_is_as_unknown_as_one_that_never_was(
    plane: Plane, learning: Learning
) -> None:
    proposal = await learning.propose()
    stranger = person(plane, somebody())
    for name in (proposal.id, new_id("prp")):
        calls = (
            stranger.call("GetProposal", proposal_id=name),
            stranger.call("BacktestProposal", proposal_id=name),
            stranger.call("ApproveProposal", proposal_id=name, etag="1"),
            stranger.call("RejectProposal", proposal_id=name, etag="1", reason="no"),
        )
        for call in calls:
            assert (await refusal(call)).reason == "PROPOSAL_NOT_FOUND"
    assert await stranger.every("ListProposals", "proposals") == []


async def test_who_may_decide_and_who_may_propose(plane: Plane, learning: Learning) -> None:
    proposal = await learning.propose()
    operations = person(plane, somebody("operations", tenant=learning.tenant.id))
    told = await refusal(operations.call("ApproveProposal", **decided(proposal)))
    assert told.metadata == {"permission": "policies.policies.write"}
    told = await refusal(learning.reviewer.call("CreateProposal", incident_id="inc_1"))
    assert told.reason == "CALLER_NOT_ALLOWED"


@pytest.mark.invariant("I-05")
async def test_the_same_request_approves_once(plane: Plane, learning: Learning) -> None:
    proposal, request_id = await learning.propose(), str(uuid.uuid4())
    approve = learning.reviewer.call
    first = await approve("ApproveProposal", request_id, **decided(proposal))
    assert await approve("ApproveProposal", request_id, **decided(proposal)) == first


async def test_proposals_are_listed_by_state(learning: Learning) -> None:
    made = [await learning.propose() for _ in range(5)]
    await learning.approve(made[0])
    listed = await learning.reviewer.every("ListProposals", "proposals")
    assert [proposal.id for proposal in listed] == [one.id for one in reversed(made)]
    pending = await learning.reviewer.every("ListProposals", "proposals", state=PENDING)
    assert [proposal.id for proposal in pending] == [one.id for one in reversed(made[1:])]


async def test_what_was_decided_cannot_be_undone_in_the_database(
    plane: Plane, learning: Learning
) -> None:
    proposal = await learning.propose()
    await learning.reviewer.call("RejectProposal", **decided(proposal), reason="no")
    with pytest.raises(Exception, match="decided once"):
        await plane.database.fetch(
            "UPDATE policies.policy_proposals SET status = 'PENDING', reviewer = NULL, "
            "reviewed_at = NULL WHERE id = $1",
            proposal.id,
        )


class Past:
    """Runs that a proposal can be tried on."""

    def __init__(self, tenant: Tenant, reviewer: Person) -> None:
        self.tenant = tenant
        self._reviewer = reviewer

    async def run(self, costs: list[int], **context: Any) -> Any:
        """A run that takes steps of these estimated costs."""
        run = await self.tenant.open_run(**context)
        for number, cost in enumerate(costs):
            await run.ask(f"step-{number}", estimated_cost_micro_usd=cost)
        return run

    async def tried(self, proposal: proposal_pb2.Proposal, runs: int = 0) -> proposal_pb2.Backtest:
        """What the proposal would have done."""
        answer = await self._reviewer.call(
            "BacktestProposal", proposal_id=proposal.id, run_count=runs
        )
        backtest: proposal_pb2.Backtest = answer.backtest
        return backtest


@pytest_asyncio.fixture(loop_scope="session")
async def past(tenant: Tenant, learning: Learning) -> Past:
    await tenant.govern(limit("STEPS", 1_000))
    return Past(tenant, learning.reviewer)


async def test_a_backtest_says_which_runs_it_would_have_touched_and_how(
    learning: Learning, past: Past
) -> None:
    short, long = await past.run([1] * 2), await past.run([1, 2, 3, 4, 5])
    proposal = await learning.propose(body=body(limit("STEPS", 3)))
    tried = await past.tried(proposal)
    assert (tried.run_count, tried.runs_in_scope, tried.step_count) == (2, 2, 7)
    (touched,) = tried.runs_touched
    assert (touched.run_id, touched.action, touched.step_id) == (long.id, STOP, "step-3")
    assert (touched.limit_name, touched.value, touched.threshold) == ("steps", 4, 3)
    assert (touched.steps_prevented, touched.cost_prevented_micro_usd) == (2, 9)
    assert short.id not in {run.run_id for run in tried.runs_touched}


async def test_a_backtest_goes_by_what_was_used_and_shares_windows_between_runs(
    learning: Learning, past: Past
) -> None:
    cheap = await past.run([100])
    await cheap.settle("step-0", cost_micro_usd=10)
    dear = await past.run([60, 60])
    budget = body(limit("COST_MICRO_USD", 100, window="CALENDAR_DAY"))
    (touched,) = (await past.tried(await learning.propose(body=budget))).runs_touched
    assert (touched.run_id, touched.step_id, touched.value) == (dear.id, "step-1", 130)


async def test_a_backtest_looks_at_the_last_runs_and_only_at_whom_the_proposal_is_for(
    learning: Learning, past: Past
) -> None:
    project = new_id("prj")
    old = await past.run([1] * 3, project_id=project)
    within = await past.run([1] * 3, project_id=project)
    await past.run([1] * 3)
    narrow = body(limit("STEPS", 1), scope=scope("PROJECT", project))
    proposal = await learning.propose(body=narrow)
    tried = await past.tried(proposal, 2)
    assert (tried.run_count, tried.runs_in_scope) == (2, 1)
    assert [run.run_id for run in tried.runs_touched] == [within.id]
    whole = await past.tried(proposal)
    assert [run.run_id for run in whole.runs_touched] == [within.id, old.id]


async def test_a_backtest_changes_nothing_and_says_what_it_cannot_look_at(
    plane: Plane, learning: Learning, past: Past
) -> None:
    await past.run([1])
    rule = policy_pb2.ContentRule(name="pii", detector=policy_pb2.DETECTOR_PII)
    content = body(watched=(policy_pb2.MONITOR_PII,), content_rules=[rule])
    proposal = await learning.propose(body=content)
    count = "SELECT (SELECT count(*) FROM policies.decisions) + (SELECT count(*) FROM policies.counters)"
    before = await plane.database.value(count)
    tried = await past.tried(proposal)
    assert (tried.content_left_out, list(tried.runs_touched)) == (True, [])
    assert await plane.database.value(count) == before


async def test_a_backtest_tells_what_governing_would_have(
    learning: Learning, past: Past, tenant: Tenant
) -> None:
    """The same runs again, governed for real, stop at the step that the backtest named."""
    said = body(limit("COST_MICRO_USD", 50))
    costs = [20, 20, 5, 20, 1]
    before = await past.run(costs)
    proposal = await learning.propose(body=said)
    (foretold,) = (await past.tried(proposal, 1)).runs_touched
    assert foretold.run_id == before.id
    await tenant.activate((await learning.approve(proposal)).policy)
    run = await tenant.open_run()
    decisions = [
        await run.ask(f"step-{number}", estimated_cost_micro_usd=cost)
        for number, cost in enumerate(costs)
    ]
    first = next(decision for decision in decisions if decision.action == STOP)
    assert (first.step_id, first.winner.value) == (foretold.step_id, foretold.value)


async def test_a_backtest_of_too_many_runs_is_refused(learning: Learning) -> None:
    proposal = await learning.propose()
    for runs in (1_001, -1):
        told = await refusal(
            learning.reviewer.call("BacktestProposal", proposal_id=proposal.id, run_count=runs)
        )
        assert set(told.fields) == {"run_count"}
