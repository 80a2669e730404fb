"""A new version of an active policy: a shadow first, then for a share of runs, then for all."""

import uuid
from typing import Any

import pytest

from aos.policies.v1 import policy_pb2, rollout_pb2, rollout_service_pb2, rollout_service_pb2_grpc
from services.policies.domain import rollout as domain
from services.policies.usecases import malformed
from tests.support.governed import CONTINUE, STOP, TIMEOUT, WARN, GovernedRun, Tenant, body, limit
from tests.support.governed import scope as scope_of
from tests.support.identities import somebody
from tests.support.people import person
from tests.support.plane import Plane
from tests.support.statuses import refusal

pytestmark = pytest.mark.invariant("I-19")


class Rollouts:
    """The rollouts of a tenant, asked for by its owner."""

    def __init__(self, plane: Plane, tenant: Tenant) -> None:
        self._stub = rollout_service_pb2_grpc.RolloutServiceStub(plane.services["policies"].channel)
        self._metadata = plane.identities.metadata(tenant.owner)

    def call(self, name: str, **fields: Any) -> Any:
        request = getattr(rollout_service_pb2, f"{name}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.uuid4())
        return getattr(self._stub, name)(request, timeout=TIMEOUT, metadata=self._metadata)

    async def start(self, policy: policy_pb2.Policy, *limits: policy_pb2.Limit) -> Any:
        content = body(*limits, action=policy.body.on_breach.action)
        return (await self.call("StartRollout", policy_id=policy.id, body=content)).rollout

    async def promote(self, rollout: Any, percent: int) -> Any:
        answer = await self.call(
            "PromoteToCanary", rollout_id=rollout.id, etag=rollout.etag, share_percent=percent
        )
        return answer.rollout

    async def report(self, rollout: Any, **fields: Any) -> rollout_pb2.DivergenceReport:
        return (await self.call("GetDivergenceReport", rollout_id=rollout.id, **fields)).report


@pytest.fixture
def rollouts(plane: Plane, tenant: Tenant) -> Rollouts:
    return Rollouts(plane, tenant)


async def steps(run: GovernedRun, count: int, **estimates: int) -> list[int]:
    return [await run.action(**estimates) for _ in range(count)]


async def test_a_shadow_is_recorded_and_never_enforced(tenant: Tenant, rollouts: Rollouts) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    rollout = await rollouts.start(policy, limit("STEPS", 2))
    assert (rollout.base_version, rollout.candidate_version) == (1, 2)
    run = await tenant.open_run()
    assert await steps(run, 2) == [CONTINUE, CONTINUE]
    third = await run.ask()
    assert third.action == CONTINUE
    (shadow,) = [one for one in third.others if one.set_aside == "SHADOW"]
    assert (shadow.policy_version, shadow.value, shadow.threshold) == (2, 3, 2)
    assert await steps(run, 3) == [CONTINUE, CONTINUE, STOP]
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert list(replayed.divergences) == []


async def test_mutant_a_shadow_that_is_enforced_stops_the_run(
    tenant: Tenant, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malformed, "side_by_side", lambda *both, canary: list(both))
    policy = await tenant.govern(limit("STEPS", 5))
    await rollouts.start(policy, limit("STEPS", 2))
    assert STOP in await steps(await tenant.open_run(), 3)


async def test_the_report_says_where_they_disagree_and_what_a_harsher_version_would_have_saved(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 5), limit("COST_MICRO_USD", 1_000_000))
    rollout = await rollouts.start(policy, limit("STEPS", 2))
    quiet, loud = await tenant.open_run(), await tenant.open_run()
    await steps(quiet, 2)
    for number in range(1, 5):
        assert await loud.action(f"s{number}", estimated_cost_micro_usd=100) == CONTINUE
        await loud.settle(f"s{number}", cost_micro_usd=70)
    report = await rollouts.report(rollout)
    assert (report.runs_observed, report.runs_candidate_harsher) == (2, 1)
    assert report.runs_candidate_milder == 0
    assert (report.would_save_micro_usd, report.would_cost_micro_usd) == (140, 0)
    (divergence,) = report.divergences
    assert (divergence.run_id, divergence.step_id) == (loud.id, "s3")
    assert (divergence.in_force_action, divergence.candidate_action) == (CONTINUE, STOP)
    assert (divergence.in_force_rule, divergence.candidate_rule) == ("", "steps")
    assert not divergence.canary


async def test_the_report_says_what_a_milder_version_would_have_cost(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 1))
    rollout = await rollouts.start(policy, limit("STEPS", 9))
    run = await tenant.open_run()
    assert await steps(run, 3, estimated_cost_micro_usd=40) == [CONTINUE, STOP, STOP]
    report = await rollouts.report(rollout)
    assert (report.runs_candidate_milder, report.would_cost_micro_usd) == (1, 40)


async def test_a_canary_is_enforced_for_its_share_and_the_rest_keeps_the_version_in_force(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    rollout = await rollouts.promote(await rollouts.start(policy, limit("STEPS", 1)), 50)
    runs = [await tenant.open_run() for _ in range(16)]
    for run in runs:
        enforced = STOP if domain.is_canary(run.id, 50) else CONTINUE
        assert await steps(run, 2) == [CONTINUE, enforced]
    chosen = sum(domain.is_canary(run.id, 50) for run in runs)
    report = await rollouts.report(rollout)
    assert (report.runs_observed, report.runs_candidate_harsher) == (16, 16)
    assert sum(one.canary for one in report.divergences) == chosen
    # What a canary has halted is saved already; only what went on could have been.
    assert report.would_cost_micro_usd == 0


async def test_mutant_a_share_that_nobody_asks_for_changes_nothing(
    tenant: Tenant, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malformed, "is_canary", lambda *_: False)
    policy = await tenant.govern(limit("STEPS", 5))
    await rollouts.promote(await rollouts.start(policy, limit("STEPS", 1)), 100)
    assert await steps(await tenant.open_run(), 2) == [CONTINUE, CONTINUE]


async def test_a_completed_version_governs_all_and_is_the_one_that_was_tried(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    rollout = await rollouts.promote(await rollouts.start(policy, limit("STEPS", 1)), 100)
    done = await rollouts.call("CompleteRollout", rollout_id=rollout.id, etag=rollout.etag)
    assert done.rollout.state == rollout_pb2.ROLLOUT_STATE_COMPLETED
    after = (await tenant.write("GetPolicy", policy_id=policy.id)).policy
    assert (after.version, after.body.limits[0].maximum) == (2, 1)
    assert await steps(await tenant.open_run(), 2) == [CONTINUE, STOP]
    versions = (await tenant.write("ListPolicyVersions", policy_id=policy.id)).versions
    assert [one.version for one in versions] == [2, 1]


async def test_an_aborted_version_leaves_its_number_and_nothing_else(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    rollout = await rollouts.start(policy, limit("STEPS", 1))
    done = await rollouts.call(
        "AbortRollout", rollout_id=rollout.id, etag=rollout.etag, reason="too harsh"
    )
    assert (done.rollout.state, done.rollout.end_reason) == (
        rollout_pb2.ROLLOUT_STATE_ABORTED,
        "too harsh",
    )
    after = (await tenant.write("GetPolicy", policy_id=policy.id)).policy
    assert (after.version, after.body.limits[0].maximum) == (3, 5)
    versions = (await tenant.write("ListPolicyVersions", policy_id=policy.id)).versions
    assert [(one.version, one.body.limits[0].maximum) for one in versions] == [
        (3, 5),
        (2, 1),
        (1, 5),
    ]
    run = await tenant.open_run()
    assert all(one.set_aside == "" for one in (await run.ask()).others)


async def test_runs_under_way_take_a_version_on_trial_over_when_they_are_checked(
    tenant: Tenant, rollouts: Rollouts
) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    run = await tenant.open_run()
    rollout = await rollouts.start(policy, limit("STEPS", 1))
    assert await steps(run, 2) == [CONTINUE, CONTINUE]
    assert list((await rollouts.report(rollout)).divergences) == []
    await run.move("CheckRun")
    await run.ask()
    await run.ask()
    assert [one.run_id for one in (await rollouts.report(rollout)).divergences] == [run.id]


async def test_what_cannot_be_is_refused_with_the_reason(
    tenant: Tenant, rollouts: Rollouts, plane: Plane
) -> None:
    draft = await tenant.draft(body(limit("STEPS", 5)))
    assert (await refusal(rollouts.start(draft, limit("STEPS", 1)))).reason == (
        "ILLEGAL_ROLLOUT_STEP"
    )
    policy = await tenant.activate(draft)
    narrower = body(limit("STEPS", 1), scope=scope_of("PROJECT", "prj_1"))
    refused = await refusal(rollouts.call("StartRollout", policy_id=policy.id, body=narrower))
    assert list(refused.fields) == ["body.scope"]
    rollout = await rollouts.start(policy, limit("STEPS", 1))
    again = await refusal(rollouts.start(policy, limit("STEPS", 2)))
    assert (again.reason, again.metadata["rollout_id"]) == ("ROLLOUT_UNDER_WAY", rollout.id)
    update = tenant.write(
        "UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=body(limit("STEPS", 7))
    )
    assert (await refusal(update)).reason == "ROLLOUT_UNDER_WAY"
    early = rollouts.call("CompleteRollout", rollout_id=rollout.id, etag=rollout.etag)
    assert (await refusal(early)).reason == "ILLEGAL_ROLLOUT_STEP"
    stale = rollouts.call("AbortRollout", rollout_id=rollout.id, etag="99", reason="x")
    assert (await refusal(stale)).reason == "ETAG_MISMATCH"
    stranger = Rollouts(plane, Tenant(plane))
    theirs = await refusal(stranger.call("GetRollout", rollout_id=rollout.id))
    nobodys = await refusal(stranger.call("GetRollout", rollout_id=rollout.id[:-1] + "z"))
    assert theirs.reason == nobodys.reason == "ROLLOUT_NOT_FOUND"


async def test_content_of_both_versions_is_told_apart(tenant: Tenant, rollouts: Rollouts) -> None:
    watched = (policy_pb2.MONITOR_CONTENT,)

    def words(*terms: str) -> policy_pb2.ContentRule:
        return policy_pb2.ContentRule(
            name="words", detector=policy_pb2.DETECTOR_WORDS, terms=list(terms)
        )

    policy = await tenant.govern(watched=watched, content_rules=[words("falcon")], action=WARN)
    candidate = body(watched=watched, content_rules=[words("falcon", "eagle")], action=WARN)
    answer = await rollouts.call("StartRollout", policy_id=policy.id, body=candidate)
    run = await tenant.open_run()
    assert await run.action(content="a falcon") == WARN
    assert await run.action(content="an eagle") == CONTINUE
    (divergence,) = (await rollouts.report(answer.rollout)).divergences
    assert (divergence.step_id, divergence.candidate_rule) == ("step-2", "words")


async def test_rollouts_are_listed_newest_first_by_policy_and_while_they_last(
    plane: Plane, tenant: Tenant, rollouts: Rollouts
) -> None:
    first, second = [await tenant.govern(limit("STEPS", 5)) for _ in range(2)]
    aborted = await rollouts.start(first, limit("STEPS", 2))
    await rollouts.call("AbortRollout", rollout_id=aborted.id, etag=aborted.etag, reason="no")
    again = await rollouts.start(first, limit("STEPS", 3))
    other = await rollouts.start(second, limit("STEPS", 2))

    async def listed(**wanted: Any) -> list[str]:
        asked = person(plane, tenant.owner)
        return [one.id for one in await asked.every("ListRollouts", "rollouts", **wanted)]

    assert await listed() == [other.id, again.id, aborted.id]
    assert await listed(policy_id=first.id) == [again.id, aborted.id]
    assert await listed(only_under_way=True) == [other.id, again.id]
    stranger = person(plane, somebody("viewer"))
    assert await stranger.every("ListRollouts", "rollouts") == []
