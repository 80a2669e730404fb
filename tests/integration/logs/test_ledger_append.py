"""Appending over real gRPC and Postgres: once, in order, without gaps, whoever writes."""

import asyncio
import hashlib

import pytest
from grpc import StatusCode

from aos.logs.v1 import ledger_pb2
from kernel import merkle
from kernel.identifiers import new_id
from kernel.principal import Principal
from services.logs.api.ledger_messages import to_sealed
from services.logs.usecases import append_entries
from tests.integration.logs.clients import (
    Client,
    all_entries,
    append,
    draft,
    grow,
    reader,
    writer,
)
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal


async def test_an_entry_is_read_back_as_it_was_written(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    run_id = new_id("run")
    sent = draft(auditor.tenant_id, run_id=run_id)
    (position,) = await append(plane, sent)
    assert (position.entry_id, position.sequence) == (sent.entry_id, 0)
    entry = (await client.GetEntry(sequence=0)).entry
    assert entry.draft == ledger_pb2.LedgerDraft.FromString(_as_micros(sent))
    assert entry.service == "activity"
    assert merkle.leaf_hash(entry.leaf) == entry.leaf_hash == position.leaf_hash
    assert entry.chain_hash == hashlib.sha256(bytes(32) + entry.leaf_hash).digest()


def _as_micros(sent: ledger_pb2.LedgerDraft) -> bytes:
    sent.occur_time.nanos -= sent.occur_time.nanos % 1000
    return sent.SerializeToString()


async def test_what_is_sent_again_keeps_its_place(plane: Plane, auditor: Principal) -> None:
    drafts = [draft(auditor.tenant_id) for _ in range(5)]
    first = await append(plane, *drafts)
    assert await append(plane, *drafts) == first
    more = draft(auditor.tenant_id)
    again = await append(plane, drafts[3], more, drafts[0])
    assert [one.sequence for one in again] == [3, 5, 0]


async def test_many_writers_at_once_leave_no_gap_and_nothing_twice(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    drafts = [draft(auditor.tenant_id) for _ in range(120)]
    calls = [drafts[start : start + 3] for start in range(0, 120, 2)]
    answers = await asyncio.gather(*(append(plane, *call) for call in calls))
    entries = await all_entries(client)
    assert [entry.sequence for entry in entries] == list(range(120))
    assert {entry.draft.entry_id for entry in entries} == {one.entry_id for one in drafts}
    places = {entry.draft.entry_id: entry.sequence for entry in entries}
    assert all(places[one.entry_id] == one.sequence for answer in answers for one in answer)


async def test_several_tenants_in_one_call_each_get_their_own_log(plane: Plane) -> None:
    people = [somebody("auditor") for _ in range(4)]
    drafts = [draft(person.tenant_id) for _ in range(6) for person in people]
    positions = await append(plane, *drafts)
    assert [one.sequence for one in positions] == [number for number in range(6) for _ in people]
    for person in people:
        entries = await all_entries(reader(plane, person))
        assert {entry.draft.tenant_id for entry in entries} == {person.tenant_id}
        assert len(entries) == 6


async def test_another_content_under_the_same_identifier_is_refused_and_nothing_of_the_call_is_kept(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    sent = draft(auditor.tenant_id)
    await append(plane, sent)
    changed = draft(auditor.tenant_id, entry_id=sent.entry_id)
    told = await refusal(append(plane, draft(auditor.tenant_id), changed))
    assert (told.code, told.reason) == (StatusCode.ALREADY_EXISTS, "RECORD_CONFLICT")
    assert told.metadata == {"record_id": sent.entry_id}
    assert len(await all_entries(client)) == 1


async def test_the_same_entry_from_another_service_is_another_content(
    plane: Plane, auditor: Principal
) -> None:
    sent = draft(auditor.tenant_id)
    await append(plane, sent)
    told = await refusal(writer(plane, "accounts").AppendEntries(drafts=[sent]))
    assert told.reason == "RECORD_CONFLICT"


async def test_a_refused_call_does_not_hurt_its_neighbours(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    taken = draft(auditor.tenant_id)
    await append(plane, taken)
    bad = [draft(auditor.tenant_id, entry_id=taken.entry_id) for _ in range(5)]
    good = [draft(auditor.tenant_id) for _ in range(30)]
    answers = await asyncio.gather(
        *(append(plane, one) for one in (*good[:15], *bad, *good[15:])), return_exceptions=True
    )
    assert sum(isinstance(answer, Exception) for answer in answers) == 5
    entries = await all_entries(client)
    assert [entry.sequence for entry in entries] == list(range(31))
    assert {one.entry_id for one in good} <= {entry.draft.entry_id for entry in entries}


@pytest.mark.parametrize("text", ["[1]", "nonsense", '{"a":1,"a":2}', '{"a":1e999}'])
async def test_a_state_that_is_no_proper_json_object_is_refused(
    plane: Plane, client: Client, auditor: Principal, text: str
) -> None:
    told = await refusal(append(plane, draft(auditor.tenant_id, after_json=text)))
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert await all_entries(client) == []


async def test_a_service_that_acts_for_a_tenant_writes_for_no_other(plane: Plane) -> None:
    me, other = somebody(), somebody()
    acting = writer(plane, tenant=me.tenant_id)
    await acting.AppendEntries(drafts=[draft(me.tenant_id)])
    told = await refusal(acting.AppendEntries(drafts=[draft(other.tenant_id)]))
    assert told.reason == "TENANT_MISMATCH"


async def test_two_replicas_append_to_the_same_log_without_a_gap(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    """Two units of work at once: the second waits for the head of the first."""
    units = plane.services["logs"].host._parts.units_of_work
    sealed = [_sealed(auditor) for _ in range(40)]
    batches = [[[one] for one in sealed[start : start + 8]] for start in range(0, 40, 4)]
    answers = await asyncio.gather(
        *(append_entries.append_entries(batch, units_of_work=units) for batch in batches)
    )
    assert [entry.sequence for entry in await all_entries(client)] == list(range(40))
    assert len({one[0].sequence for answer in answers for one in answer}) == 40


def _sealed(auditor: Principal) -> object:
    return to_sealed(draft(auditor.tenant_id), service="activity")


async def test_a_log_of_many_entries_stays_complete_by_run(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    runs = [new_id("run") for _ in range(3)]
    for run_id in runs:
        await grow(plane, auditor.tenant_id, 110, run_id=run_id)
    await grow(plane, auditor.tenant_id, 7)
    for number, run_id in enumerate(runs):
        found = await all_entries(client, run_id=run_id)
        assert [one.sequence for one in found] == list(range(number * 110, number * 110 + 110))
