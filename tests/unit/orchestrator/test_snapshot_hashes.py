"""Both hashes of a snapshot come out the same without anything of policies."""

from dataclasses import replace

from services.orchestrator.domain.snapshot_hashes import (
    ReadSnapshot,
    content_hash_of,
    threshold_hash_of,
)
from services.policies.domain.plain import sha256
from services.policies.domain.policy_body import AlertTier
from services.policies.domain.snapshot import AppliedPolicy, Mode, content_of, thresholds_hash
from tests.support.policy_samples import applied, body, steps


def taken(*policies: AppliedPolicy) -> ReadSnapshot:
    content = content_of(policies)
    return ReadSnapshot(
        id="snp_1",
        content=content,
        content_hash=sha256(content),
        threshold_hash=thresholds_hash(policies),
    )


def test_they_are_what_policies_has_taken() -> None:
    tiers = (AlertTier(percent=80), AlertTier(percent=90))
    told = replace(body(steps(7)), alert_tiers=tiers, name="Zürich “quoted”")
    for policies in (
        (),
        (applied(body(steps(10))),),
        (applied(told, 2), applied(body(steps(3), steps(4, "more")), 1, mode=Mode.SHADOW)),
    ):
        snapshot = taken(*policies)
        assert content_hash_of(snapshot) == snapshot.content_hash
        assert threshold_hash_of(snapshot) == snapshot.threshold_hash


def test_a_number_changes_both_and_a_name_only_one() -> None:
    policy = applied(body(steps(10)))
    first = taken(policy)
    renamed = taken(replace(policy, body=replace(policy.body, name="other")))
    raised = taken(replace(policy, body=replace(policy.body, limits=(steps(11),))))
    assert content_hash_of(renamed) != content_hash_of(first) != content_hash_of(raised)
    assert threshold_hash_of(renamed) == threshold_hash_of(first) != threshold_hash_of(raised)


def test_policies_have_the_names_that_they_had() -> None:
    policy = applied(body(steps(10)))
    assert taken(policy).policy_names == {policy.policy_id: policy.body.name}
    damaged = ReadSnapshot(id="snp_1", content=b"\xff", content_hash="", threshold_hash="")
    assert damaged.policy_names == {}
