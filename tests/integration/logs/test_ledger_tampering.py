"""I-29: whoever has all the rights of the database still cannot change the ledger unnoticed.

Each kind of tampering is done twice: to entries that were signed, where an export and `aos verify`
find it, and to entries that were not, where the check before the next signature does.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from grpc import StatusCode

from aosctl.ledger_client import LedgerClient
from aosctl.ledger_export import gather_log
from aosctl.verification.bundle import Bundle
from aosctl.verification.verdict import Place
from aosctl.verification.verify import verify
from kernel.principal import Principal
from services.logs.domain import tail
from services.logs.workers import checkpoint_ticker
from tests.integration.logs import tampering
from tests.integration.logs.clients import Client, grow, reader
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = pytest.mark.invariant("I-29")

SIZE = 12


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """A plane that signs only when asked, so that a test knows what was signed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_ticker, "_EVERY_SECONDS", 3600.0)
        await empty_plane.start_accounts_stand_in()
        await empty_plane.start("logs")
        await until(lambda: empty_plane.accepts_runs("logs"))
        await grow(empty_plane, somebody().tenant_id, SIZE)
        yield empty_plane


async def export(plane: Plane, auditor: Principal, kept: tuple[str, ...] = ()) -> Bundle:
    token = plane.identities.token(auditor)
    client = LedgerClient(channel=plane.services["logs"].channel, token=token)
    return await gather_log(client, run_id=None, kept=kept)


async def signed(plane: Plane, auditor: Principal) -> str:
    """A log that was signed at 4 and at its end; returns the last note."""
    client = reader(plane, auditor)
    await grow(plane, auditor.tenant_id, 4)
    await client.CreateCheckpoint()
    await grow(plane, auditor.tenant_id, SIZE - 4)
    note: str = (await client.CreateCheckpoint()).checkpoint.note
    return note


FOUND_BY_EXPORT = {
    tampering.change_a_byte: "Entry 5: its bytes are not those",
    tampering.change_a_hash: "Entry 5: its bytes are not those",
    tampering.break_the_chain: "Entry 5: the chain",
    tampering.remove_a_row: "Entry 5: it is missing",
    tampering.remove_the_tail: "Entry 5: it is missing",
    tampering.swap_two_rows: "Entry 5: the chain",
    tampering.rewrite_everything: "Entry 4, or one up to 11: it was changed",
    tampering.copy_a_strangers_entry: "Entry 5: it belongs to",
}


@pytest.mark.parametrize("tamper", FOUND_BY_EXPORT, ids=lambda tamper: tamper.__name__)
async def test_signed_entries_that_were_changed_are_named_by_a_verified_export(
    plane: Plane, auditor: Principal, tamper: tampering.Tamper
) -> None:
    await signed(plane, auditor)
    assert verify(await export(plane, auditor)).holds
    async with tampering.superuser(plane.database) as connection:
        await tamper(connection, auditor.tenant_id)
    problem = verify(await export(plane, auditor)).problem or ""
    assert problem.startswith(FOUND_BY_EXPORT[tamper])


FOUND_BEFORE_SIGNING = {
    tampering.change_a_byte: "entry 5 has another leaf than was hashed",
    tampering.change_a_hash: "entry 5 has another leaf than was hashed",
    tampering.break_the_chain: "the chain breaks at entry 5",
    tampering.hide_from_its_run: "entry 5 is found by what its leaf does not say",
    tampering.remove_a_row: "entry 5 is missing",
    tampering.swap_two_rows: "the chain breaks at entry 5",
    tampering.copy_a_strangers_entry: "entry 5 is found by what its leaf does not say",
}


async def unsigned(plane: Plane, auditor: Principal) -> Client:
    """A log that was signed at 4 and has grown since."""
    client = reader(plane, auditor)
    await grow(plane, auditor.tenant_id, 4)
    await client.CreateCheckpoint()
    await grow(plane, auditor.tenant_id, SIZE - 4, run_id="run_01k9zj3v6q8m2x4t5w7y9abcde")
    return client


@pytest.mark.parametrize("tamper", FOUND_BEFORE_SIGNING, ids=lambda tamper: tamper.__name__)
async def test_unsigned_entries_that_were_changed_are_not_signed(
    plane: Plane, auditor: Principal, tamper: tampering.Tamper
) -> None:
    client = await unsigned(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tamper(connection, auditor.tenant_id)
    told = await refusal(client.CreateCheckpoint())
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "LEDGER_DAMAGED")
    assert told.metadata["finding"] == FOUND_BEFORE_SIGNING[tamper]
    assert [one.tree_size for one in (await client.ListCheckpoints()).checkpoints] == [4]


async def test_a_log_that_was_cut_below_what_was_signed_is_not_signed(
    plane: Plane, auditor: Principal
) -> None:
    await signed(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tampering.remove_the_tail(connection, auditor.tenant_id)
    told = await refusal(reader(plane, auditor).CreateCheckpoint())
    assert told.metadata["finding"] == "12 entries were signed, and entry 5 is gone"


async def test_a_log_rewritten_below_what_was_signed_is_not_signed(
    plane: Plane, auditor: Principal
) -> None:
    await signed(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tampering.rewrite_everything(connection, auditor.tenant_id)
    await grow(plane, auditor.tenant_id, 1)
    told = await refusal(reader(plane, auditor).CreateCheckpoint())
    assert told.metadata["finding"] == "the first 12 entries are not those that were signed"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("root_hash = set_byte(root_hash, 0, 1)", "is not what was signed"),
        ("note = replace(note, 'aos.local', 'aos.other')", "no known key"),
    ],
)
async def test_a_checkpoint_that_was_changed_stops_the_signing(
    plane: Plane, auditor: Principal, change: str, finding: str
) -> None:
    client = await unsigned(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await connection.execute(
            f"UPDATE ledger_checkpoints SET {change} WHERE tenant_id = $1", auditor.tenant_id
        )
    told = await refusal(client.CreateCheckpoint())
    assert finding in told.metadata["finding"]


async def _roll_back(plane: Plane, tenant: str) -> None:
    """Bring back the state of the first four entries, checkpoints and all, as a backup would."""
    async with tampering.superuser(plane.database) as connection:
        for table, column in (("ledger_entries", "sequence"), ("ledger_checkpoints", "tree_size")):
            limit = 4 if column == "sequence" else 5
            await connection.execute(
                f"DELETE FROM {table} WHERE tenant_id = $1 AND {column} >= {limit}", tenant
            )
        await tampering.recompute(connection, tenant)


async def test_a_rollback_to_an_old_backup_is_found_by_a_checkpoint_that_was_kept(
    plane: Plane, auditor: Principal
) -> None:
    kept = await signed(plane, auditor)
    await _roll_back(plane, auditor.tenant_id)
    bundle = await export(plane, auditor)
    assert verify(bundle).holds, "without a kept checkpoint an old state looks like any other"
    assert (verify(bundle, kept=[kept]).problem or "").startswith("Entry 4: it is gone; 12")


async def test_a_rollback_that_grew_again_is_found_by_a_checkpoint_that_was_kept(
    plane: Plane, auditor: Principal
) -> None:
    kept = await signed(plane, auditor)
    await _roll_back(plane, auditor.tenant_id)
    await grow(plane, auditor.tenant_id, SIZE)
    bundle = await export(plane, auditor, kept=(kept,))
    told = verify(bundle, kept=[kept]).problem or ""
    assert told.startswith("Entry 0, or one up to 11: it was changed")
    assert "those before 4 are as signed" in told


async def test_a_bundle_that_was_kept_names_the_entry_of_a_log_that_was_rewritten(
    plane: Plane, auditor: Principal
) -> None:
    await signed(plane, auditor)
    kept = await export(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tampering.rewrite_everything(connection, auditor.tenant_id)
    verdict = verify(await export(plane, auditor), older=[kept])
    assert verdict.place == Place(first=5, last=5)
    await _roll_back(plane, auditor.tenant_id)
    await grow(plane, auditor.tenant_id, SIZE)
    verdict = verify(await export(plane, auditor), older=[kept])
    assert verdict.place == Place(first=4, last=4)


async def test_a_removed_node_is_a_clear_error_and_not_a_wrong_proof(
    plane: Plane, auditor: Principal
) -> None:
    await signed(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await connection.execute(
            "DELETE FROM ledger_nodes WHERE tenant_id = $1 AND level = 2", auditor.tenant_id
        )
    told = await refusal(reader(plane, auditor).GetInclusionProof(sequence=9))
    assert told.reason == "LEDGER_DAMAGED"


MUTANTS = {
    tampering.break_the_chain: (tail, "chained"),
    tampering.hide_from_its_run: (tail, "is_faithful"),
    tampering.change_a_byte: (tail, "leaf_hash"),
}


@pytest.mark.parametrize("tamper", MUTANTS, ids=lambda tamper: tamper.__name__)
async def test_mutant_without_the_check_the_matching_tamper_is_signed_or_found_elsewhere(
    plane: Plane, auditor: Principal, tamper: tampering.Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await unsigned(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tamper(connection, auditor.tenant_id)
        stored = await connection.fetch(
            "SELECT leaf, leaf_hash, chain_hash FROM ledger_entries WHERE tenant_id = $1 "
            "ORDER BY sequence",
            auditor.tenant_id,
        )
    hashes = {row["leaf"]: row["leaf_hash"] for row in stored}
    links = {row["leaf_hash"]: row["chain_hash"] for row in stored}
    believing = {
        "chained": lambda _, leaf_hash: links[leaf_hash],
        "leaf_hash": lambda leaf: hashes[leaf],
        "is_faithful": lambda _: True,
    }
    monkeypatch.setattr(*MUTANTS[tamper], believing[MUTANTS[tamper][1]])
    if tamper is tampering.change_a_byte:
        monkeypatch.setattr(tail, "is_faithful", lambda _: True)
    assert (await client.CreateCheckpoint()).checkpoint.tree_size == SIZE
