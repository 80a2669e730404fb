"""The ledger over real gRPC and Postgres: once, in order, provable, and not to be changed unseen."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.logs.v1 import ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from kernel.identifiers import new_id
from kernel.merkle import is_consistent, leaf_hash, root_from_inclusion
from services.logs.domain import tail
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TIMEOUT = 20.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("logs")
    await until(lambda: empty_plane.accepts_runs("logs"))
    yield empty_plane


def draft(tenant: str, number: int = 0, **fields: Any) -> ledger_pb2.LedgerDraft:
    made = ledger_pb2.LedgerDraft(
        entry_id=new_id("led"),
        tenant_id=tenant,
        event_type="POLICY_ACTIVATED",
        entity_type="policy",
        entity_id=f"pol_{number}",
        actor_type=ledger_pb2.ACTOR_TYPE_PERSON,
        actor_id="per_1",
        after_json='{"b": 1, "a": "é"}',
    )
    made.occur_time.FromSeconds(1_900_000_000 + number)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class Ledger:
    """One tenant's ledger: written by activity, read by its auditor."""

    def __init__(self, plane: Plane) -> None:
        self.principal = somebody("auditor")
        self.tenant = self.principal.tenant_id
        self._stub = ledger_service_pb2_grpc.LedgerServiceStub(plane.services["logs"].channel)
        self._reader = plane.identities.metadata(self.principal)
        self._writer = plane.identities.service_metadata("activity", audience="logs")

    def append(self, *drafts: ledger_pb2.LedgerDraft) -> Any:
        request = ledger_service_pb2.AppendEntriesRequest(drafts=drafts)
        return self._stub.AppendEntries(request, timeout=TIMEOUT, metadata=self._writer)

    async def fill(self, count: int) -> None:
        for start in range(0, count, 100):
            numbers = range(start, min(count, start + 100))
            await self.append(*(draft(self.tenant, number) for number in numbers))

    def ask(self, method: str, **fields: Any) -> Any:
        request = getattr(ledger_service_pb2, f"{method}Request")(**fields)
        return getattr(self._stub, method)(request, timeout=TIMEOUT, metadata=self._reader)

    async def entries(self, **conditions: Any) -> list[ledger_pb2.LedgerEntry]:
        found, token = [], ""
        while True:
            answer = await self.ask(
                "ListEntries",
                filter=ledger_service_pb2.LedgerFilter(**conditions),
                page_size=40,
                page_token=token,
            )
            found += answer.entries
            token = answer.next_page_token
            if not token:
                return found


@pytest.fixture
def ledger(plane: Plane) -> Ledger:
    return Ledger(plane)


async def test_entries_stand_in_their_order_without_gaps(ledger: Ledger) -> None:
    await asyncio.gather(
        *(ledger.append(*(draft(ledger.tenant, n) for n in range(7))) for _ in range(10))
    )
    entries = await ledger.entries()
    assert [entry.sequence for entry in entries] == list(range(70))
    assert all(leaf_hash(entry.leaf) == entry.leaf_hash for entry in entries)
    assert {entry.service for entry in entries} == {"activity"}
    assert b'"after":{"a":"\xc3\xa9","b":1}' in entries[0].leaf


@pytest.mark.invariant("I-05")
async def test_an_entry_sent_again_is_the_same_entry(ledger: Ledger) -> None:
    sent = draft(ledger.tenant)
    answers = await asyncio.gather(*(ledger.append(sent) for _ in range(6)))
    assert {answer.positions[0].sequence for answer in answers} == {0}
    assert len(await ledger.entries()) == 1


async def test_an_entry_with_the_same_id_and_other_content_is_refused(ledger: Ledger) -> None:
    sent = draft(ledger.tenant)
    await ledger.append(sent)
    other = draft(ledger.tenant, entry_id=sent.entry_id, entity_id="another")
    neighbour = draft(ledger.tenant)
    told, _ = await asyncio.gather(refusal(ledger.append(other)), ledger.append(neighbour))
    assert told.reason == "RECORD_CONFLICT"
    assert len(await ledger.entries()) == 2


async def test_a_batch_for_several_tenants_reaches_each_ones_own_log(plane: Plane) -> None:
    ledgers = [Ledger(plane) for _ in range(3)]
    await ledgers[0].append(*(draft(item.tenant, n) for n in range(5) for item in ledgers))
    for item in ledgers:
        assert [entry.sequence for entry in await item.entries()] == list(range(5))


@pytest.mark.gap("GAP-019")
async def test_entries_are_found_by_run_entity_actor_type_and_time(ledger: Ledger) -> None:
    run = new_id("run")
    await ledger.append(
        draft(ledger.tenant, 1, run_id=run, event_type="LIMIT_BREACHED"),
        draft(ledger.tenant, 2, event_type="LIMIT_ADJUSTED", actor_id="per_2"),
        draft(ledger.tenant, 3),
    )
    for conditions, expected in (
        ({"run_id": run}, [0]),
        ({"event_type": "LIMIT_*"}, [0, 1]),
        ({"event_type": "LIMIT_ADJUSTED"}, [1]),
        ({"actor_id": "per_2"}, [1]),
        ({"entity_id": "pol_3"}, [2]),
        ({"run_id": new_id("run")}, []),
    ):
        assert [entry.sequence for entry in await ledger.entries(**conditions)] == expected


async def test_every_entry_is_provable_at_every_size(ledger: Ledger) -> None:
    await ledger.fill(21)
    hashes = [entry.leaf_hash for entry in await ledger.entries()]
    for size in range(1, 22):
        for sequence in {0, size // 2, size - 1}:
            proof = await ledger.ask("GetInclusionProof", sequence=sequence, tree_size=size)
            reached = root_from_inclusion(
                leaf=hashes[sequence], sequence=sequence, size=size, proof=list(proof.hashes)
            )
            assert reached == proof.root_hash
    for first in range(1, 22):
        proof = await ledger.ask("GetConsistencyProof", first_size=first)
        assert is_consistent(
            first=first,
            second=21,
            first_root=proof.first_root_hash,
            second_root=proof.second_root_hash,
            proof=list(proof.hashes),
        )


async def test_a_size_that_the_log_has_not_reached_is_refused(ledger: Ledger) -> None:
    await ledger.fill(3)
    for call in (
        ledger.ask("GetInclusionProof", sequence=0, tree_size=4),
        ledger.ask("GetInclusionProof", sequence=3),
        ledger.ask("GetConsistencyProof", first_size=2, second_size=9),
        ledger.ask("GetConsistencyProof", first_size=3, second_size=2),
    ):
        told = await refusal(call)
        assert told.code in (StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND)
        assert told.reason in ("LEDGER_SIZE_UNKNOWN", "LEDGER_ENTRY_NOT_FOUND")


async def test_a_checkpoint_is_signed_when_something_was_appended_and_kept_otherwise(
    ledger: Ledger,
) -> None:
    await ledger.fill(5)
    first = (await ledger.ask("CreateCheckpoint")).checkpoint
    assert first.tree_size == 5
    assert first.note.splitlines()[1] == "5"
    assert (await ledger.ask("CreateCheckpoint")).checkpoint == first
    await ledger.fill(2)
    second = (await ledger.ask("CreateCheckpoint")).checkpoint
    assert second.tree_size == 7
    sizes = [item.tree_size for item in (await ledger.ask("ListCheckpoints")).checkpoints]
    assert sizes[:2] == [7, 5]


TAMPERINGS = {
    "a byte of a leaf": "UPDATE logs.ledger_entries SET leaf = leaf || '\\x20' "
    "WHERE tenant_id = '{tenant}' AND sequence = 3",
    "a hash": "UPDATE logs.ledger_entries SET leaf_hash = sha256('x') "
    "WHERE tenant_id = '{tenant}' AND sequence = 3",
    "a row": "DELETE FROM logs.ledger_entries WHERE tenant_id = '{tenant}' AND sequence = 3",
    "the tail": "DELETE FROM logs.ledger_entries WHERE tenant_id = '{tenant}' AND sequence >= 3",
    "what it is found by": "UPDATE logs.ledger_entries SET actor_id = 'somebody else' "
    "WHERE tenant_id = '{tenant}' AND sequence = 3",
    "two rows": "UPDATE logs.ledger_entries SET sequence = -1 * sequence - 100 "
    "WHERE tenant_id = '{tenant}' AND sequence IN (3, 4)",
}


@pytest.mark.invariant("I-29")
@pytest.mark.parametrize("what", TAMPERINGS)
async def test_a_log_that_was_tampered_with_is_not_signed(plane: Plane, what: str) -> None:
    ledger = Ledger(plane)
    await ledger.fill(6)
    script = TAMPERINGS[what].format(tenant=ledger.tenant)
    await plane.database.fetch_script(
        "ALTER TABLE logs.ledger_entries DISABLE TRIGGER ALL;"
        "ALTER TABLE logs.ledger_entries DROP CONSTRAINT IF EXISTS ledger_entries_sequence;"
        f"{script};"
        "ALTER TABLE logs.ledger_entries ENABLE ALWAYS TRIGGER write_once_rows;"
        "ALTER TABLE logs.ledger_entries ENABLE ALWAYS TRIGGER write_once_table"
    )
    told = await refusal(ledger.ask("CreateCheckpoint"))
    assert "entry 3" in told.message


@pytest.mark.invariant("I-29")
async def test_mutant_a_signer_that_does_not_look_signs_anything(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(plane)
    await ledger.fill(6)
    script = TAMPERINGS["what it is found by"].format(tenant=ledger.tenant)
    await plane.database.fetch_script(
        "ALTER TABLE logs.ledger_entries DISABLE TRIGGER ALL;"
        f"{script};"
        "ALTER TABLE logs.ledger_entries ENABLE ALWAYS TRIGGER write_once_rows;"
        "ALTER TABLE logs.ledger_entries ENABLE ALWAYS TRIGGER write_once_table"
    )
    monkeypatch.setattr(tail, "is_faithful", lambda _entry: True)
    assert (await ledger.ask("CreateCheckpoint")).checkpoint.tree_size == 6


@pytest.mark.invariant("I-31")
async def test_another_tenants_log_cannot_be_read_or_proven(plane: Plane) -> None:
    theirs, mine = Ledger(plane), Ledger(plane)
    await theirs.fill(3)
    assert await mine.entries() == []
    assert (await refusal(mine.ask("GetEntry", sequence=0))).reason == "LEDGER_ENTRY_NOT_FOUND"
    assert (await refusal(mine.ask("GetInclusionProof", sequence=0))).code in (
        StatusCode.NOT_FOUND,
        StatusCode.INVALID_ARGUMENT,
    )
