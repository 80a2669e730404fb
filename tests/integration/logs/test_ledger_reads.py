"""Reading and proving: every proof of every size, every filter, and nothing of another tenant."""

from datetime import timedelta

import pytest
from grpc import StatusCode

from aos.logs.v1 import ledger_pb2
from kernel import merkle
from kernel.clock import utc_now
from kernel.identifiers import new_id
from kernel.principal import Principal
from services.logs.domain.checkpoint import VerifierKey, open_note
from services.logs.store.ledger import PostgresLedger
from tests.integration.logs.clients import Client, all_entries, append, draft, grow, reader
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal


async def test_every_proof_of_every_size_verifies(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    roots = [merkle.EMPTY_ROOT]
    tree = merkle.CompactRange()
    for size in range(1, 71):
        (position,) = await append(plane, draft(auditor.tenant_id))
        tree.append(position.leaf_hash)
        roots.append(tree.root())
        for sequence in {0, size // 2, size - 1}:
            proof = await client.GetInclusionProof(sequence=sequence, tree_size=size)
            assert proof.root_hash == roots[size]
            assert roots[size] == merkle.root_from_inclusion(
                leaf=proof.leaf_hash, sequence=sequence, size=size, proof=proof.hashes
            )
    for first in range(71):
        proof = await client.GetConsistencyProof(first_size=first)
        assert (proof.first_root_hash, proof.second_root_hash) == (roots[first], roots[70])
        assert merkle.is_consistent(
            first=first,
            second=70,
            first_root=roots[first],
            second_root=roots[70],
            proof=proof.hashes,
        )


async def test_a_proof_reads_as_many_nodes_as_the_logarithm_of_the_log(
    plane: Plane, client: Client, auditor: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    honest = PostgresLedger.nodes

    async def counted(self: PostgresLedger, tenant: object, wanted: list[object]) -> object:
        read.append(len(wanted))
        return await honest(self, tenant, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresLedger, "nodes", counted)
    await grow(plane, auditor.tenant_id, 1000)
    await client.GetInclusionProof(sequence=333)
    await client.GetConsistencyProof(first_size=777)
    assert max(read) <= 40


async def test_sizes_and_places_that_do_not_exist_are_refused(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    await grow(plane, auditor.tenant_id, 3)
    for call in (
        client.GetInclusionProof(sequence=0, tree_size=4),
        client.GetConsistencyProof(first_size=1, second_size=4),
        client.GetConsistencyProof(first_size=4),
        client.GetConsistencyProof(first_size=3, second_size=2),
    ):
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "LEDGER_SIZE_UNKNOWN")
    for call in (
        client.GetEntry(sequence=3),
        client.GetInclusionProof(sequence=3),
        client.GetInclusionProof(sequence=2, tree_size=2),
    ):
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "LEDGER_ENTRY_NOT_FOUND")


@pytest.mark.invariant("I-31")
async def test_another_tenants_log_is_as_unknown_as_one_that_never_was(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    run_id = new_id("run")
    await grow(plane, auditor.tenant_id, 3, run_id=run_id)
    stranger = reader(plane, somebody("owner"))
    assert await all_entries(stranger, run_id=run_id) == []
    assert (await stranger.ListCheckpoints()).checkpoints == []
    told = await refusal(stranger.GetEntry(sequence=0))
    assert told == await refusal(stranger.GetEntry(sequence=0))
    assert told.reason == "LEDGER_ENTRY_NOT_FOUND"
    assert (await refusal(stranger.GetInclusionProof(sequence=0))).reason == told.reason
    assert len(await all_entries(client, run_id=run_id)) == 3


async def test_a_credential_of_one_project_reads_nothing_of_the_tenants_log(
    plane: Plane, auditor: Principal
) -> None:
    await grow(plane, auditor.tenant_id, 1)
    bound = reader(plane, somebody("owner", tenant=auditor.tenant_id, project=new_id("prj")))
    for call in (
        bound.ListEntries(),
        bound.GetEntry(sequence=0),
        bound.CreateCheckpoint(),
        bound.ListCheckpoints(),
        bound.GetInclusionProof(sequence=0),
        bound.GetConsistencyProof(),
        bound.ListSystemRecords(),
        bound.ListRunRecords(),
    ):
        assert (await refusal(call)).reason == "PERMISSION_MISSING"


async def test_entries_are_found_by_run_thing_actor_type_family_and_time(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    now = utc_now()
    run_id = new_id("run")
    old, other = draft(auditor.tenant_id, run_id=run_id), draft(auditor.tenant_id)
    old.occur_time.FromDatetime(now - timedelta(days=1))
    limit = draft(auditor.tenant_id, event_type="LIMIT_BREACHED", entity_type="limit")
    by_key = draft(
        auditor.tenant_id,
        event_type="LIMIT_ADJUSTED",
        actor_type=ledger_pb2.ACTOR_TYPE_API_KEY,
        actor_id="key_1",
        entity_id="%",
    )
    await append(plane, old, other, limit, by_key)
    found = {
        "run": await all_entries(client, run_id=run_id),
        "thing": await all_entries(client, entity_id=other.entity_id),
        "percent": await all_entries(client, entity_id="%"),
        "kind": await all_entries(client, entity_type="limit"),
        "actor": await all_entries(client, actor_id="key_1"),
        "type": await all_entries(client, event_type="LIMIT_BREACHED"),
        "family": await all_entries(client, event_type="LIMIT_*"),
        "wild": await all_entries(client, event_type="L_M%*"),
        "from": await all_entries(client, occurred_from=now - timedelta(hours=1)),
        "before": await all_entries(client, occurred_before=now - timedelta(hours=1)),
        "both": await all_entries(client, event_type="LIMIT_*", actor_id="key_1"),
    }
    places = {name: [one.sequence for one in entries] for name, entries in found.items()}
    assert places == {
        "run": [0],
        "thing": [1],
        "percent": [3],
        "kind": [2],
        "actor": [3],
        "type": [2],
        "family": [2, 3],
        "wild": [],
        "from": [1, 2, 3],
        "before": [0],
        "both": [3],
    }


async def test_a_checkpoint_is_a_note_that_the_published_key_verifies(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    await grow(plane, auditor.tenant_id, 3)
    signed = (await client.CreateCheckpoint()).checkpoint
    (key,) = (await client.ListCheckpointKeys()).keys
    head = open_note(signed.note, [VerifierKey.parse(key.verifier_key)])
    assert (head.origin, head.size) == (f"aos.local/{auditor.tenant_id}", 3)
    proof = await client.GetInclusionProof(sequence=0, tree_size=3)
    assert head.root_hash == signed.root_hash == proof.root_hash
    assert (await client.CreateCheckpoint()).checkpoint == signed
    await grow(plane, auditor.tenant_id, 2)
    await client.CreateCheckpoint()
    sizes = [one.tree_size for one in (await client.ListCheckpoints()).checkpoints]
    assert sizes[:1] == [5]
    assert 3 in sizes


async def test_a_log_that_nobody_wrote_to_can_be_signed(client: Client) -> None:
    signed = (await client.CreateCheckpoint()).checkpoint
    assert (signed.tree_size, signed.root_hash) == (0, merkle.EMPTY_ROOT)
