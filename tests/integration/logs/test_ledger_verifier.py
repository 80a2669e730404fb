"""Whole logs are verified by themselves: also an old entry, far behind what was last signed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode

from kernel.identifiers import new_id
from kernel.principal import Principal
from servicekit.guard import boot_guard
from services.logs.usecases import verify_ledgers
from services.logs.workers import checkpoint_ticker, ledger_verifier
from services.logs.workers.ledger_verifier import LedgerVerifier
from tests.integration.logs import tampering
from tests.integration.logs.clients import Client, grow, reader, writer
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = pytest.mark.invariant("I-29")

SIZE = 12


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """A plane that signs only when asked, and is never done with reading."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_ticker, "_EVERY_SECONDS", 3600.0)
        patch.setattr(ledger_verifier, "_EVERY_SECONDS", 0.1)
        patch.setattr(verify_ledgers, "ROUND_EVERY", timedelta(0))
        patch.setattr(verify_ledgers, "DAMAGED_ROUND_EVERY", timedelta(0))
        patch.setattr(verify_ledgers, "PORTION", 4)
        patch.setattr(boot_guard, "INTERVAL_SECONDS", 0.1)
        patch.setattr(boot_guard, "BROKEN_INTERVAL_SECONDS", 0.1)
        await empty_plane.start_accounts_stand_in()
        await empty_plane.start("logs")
        await until(lambda: empty_plane.accepts_runs("logs"))
        yield empty_plane


async def signed(plane: Plane, auditor: Principal) -> Client:
    """A log that was signed at three and at twelve entries."""
    client = reader(plane, auditor)
    await grow(plane, auditor.tenant_id, 3)
    await client.CreateCheckpoint()
    await grow(plane, auditor.tenant_id, SIZE - 3, run_id=new_id("run"))
    await client.CreateCheckpoint()
    return client


async def finding(plane: Plane, auditor: Principal) -> str:
    query = "SELECT finding FROM logs.ledger_verifications WHERE tenant_id = $1"
    return str(await plane.database.value(query, auditor.tenant_id) or "")


async def restore(plane: Plane, auditor: Principal, backup: list[asyncpg.Record]) -> None:
    """Put the entries back as they were."""
    async with tampering.superuser(plane.database) as connection:
        await connection.execute(
            "DELETE FROM ledger_entries WHERE tenant_id = $1", auditor.tenant_id
        )
        for row in backup:
            names = ", ".join(row.keys())
            places = ", ".join(f"${number + 1}" for number in range(len(row)))
            await connection.execute(
                f"INSERT INTO ledger_entries ({names}) VALUES ({places})", *row.values()
            )
        await tampering.recompute(connection, auditor.tenant_id)


async def entries(plane: Plane, auditor: Principal) -> list[asyncpg.Record]:
    query = "SELECT * FROM logs.ledger_entries WHERE tenant_id = $1 ORDER BY sequence"
    return await plane.database.fetch(query, auditor.tenant_id)


async def rewrite_all_but_the_tree(connection: asyncpg.Connection, tenant: str) -> None:
    """Change an entry, its hash, and the chain behind it, but not the nodes."""
    nodes = await connection.fetch("SELECT * FROM ledger_nodes WHERE tenant_id = $1", tenant)
    head = await connection.fetchrow("SELECT * FROM ledger_heads WHERE tenant_id = $1", tenant)
    await tampering.rewrite_everything(connection, tenant)
    await connection.execute("DELETE FROM ledger_nodes WHERE tenant_id = $1", tenant)
    await connection.executemany("INSERT INTO ledger_nodes VALUES ($1, $2, $3, $4)", nodes)
    await connection.execute(
        "UPDATE ledger_heads SET compact_range = $2 WHERE tenant_id = $1",
        tenant,
        head["compact_range"],
    )


async def change_a_node(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_nodes SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) "
        "WHERE tenant_id = $1 AND level = 2 AND place = 0",
        tenant,
    )


FOUND = {
    tampering.change_a_byte: "entry 5 has another leaf than was hashed",
    tampering.change_a_hash: "entry 5 has another leaf than was hashed",
    tampering.break_the_chain: "the chain breaks at entry 5",
    tampering.hide_from_its_run: "entry 5 is found by what its leaf does not say",
    tampering.remove_a_row: "entry 5 is missing",
    tampering.swap_two_rows: "the chain breaks at entry 5",
    rewrite_all_but_the_tree: "entry 4 or 5 is not what the tree was built of",
    change_a_node: "node 0 of level 2 is not that of its entries",
    tampering.rewrite_everything: (
        "entry 3, or one up to 11, was changed after the first 12 entries were signed"
    ),
}


@pytest.mark.parametrize("tamper", FOUND, ids=lambda tamper: tamper.__name__)
async def test_an_old_entry_that_was_changed_is_found_and_named(
    plane: Plane, auditor: Principal, tamper: tampering.Tamper
) -> None:
    await signed(plane, auditor)
    backup = await entries(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tamper(connection, auditor.tenant_id)
    assert await until(lambda: finding(plane, auditor)) == FOUND[tamper]
    await restore(plane, auditor, backup)
    await until(lambda: is_mended(plane, auditor))


async def is_mended(plane: Plane, auditor: Principal) -> bool:
    return not await finding(plane, auditor)


async def test_damage_is_told_stops_the_signing_and_the_runs_until_it_is_mended(
    plane: Plane, auditor: Principal
) -> None:
    client = await signed(plane, auditor)
    backup = await entries(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tampering.change_a_byte(connection, auditor.tenant_id)
    guard = plane.services["logs"].foundation.guard
    await until(lambda: auditor.tenant_id in guard.problems().get("ledgers", ""))
    problem = guard.problems()["ledgers"]
    assert f"The ledger of {auditor.tenant_id} does not verify: entry 5" in problem
    await grow(plane, auditor.tenant_id, 2)
    told = await refusal(client.CreateCheckpoint())
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "LEDGER_DAMAGED")
    assert told.metadata["finding"] == FOUND[tampering.change_a_byte]

    damaged = {"event_type": "LEDGER_DAMAGED", "minimum_severity": 3}
    (record,) = (await client.ListSystemRecords(**damaged)).records
    assert problem == record.summary
    operator = writer(plane, "operator")
    records = (await operator.ListSystemRecords(**damaged, page_size=500)).records
    assert [one.summary for one in records].count(problem) == 1

    later = (await entries(plane, auditor))[len(backup) :]
    await restore(plane, auditor, [*backup, *later])
    await until(lambda: is_mended(plane, auditor))
    assert (await client.CreateCheckpoint()).checkpoint.tree_size == SIZE + 2
    assert len((await client.ListSystemRecords(event_type="LEDGER_RESTORED")).records) == 1
    await until(lambda: plane.accepts_runs("logs"))


async def test_how_far_it_came_is_kept_and_read_on_by_whoever_comes_next(
    plane: Plane, auditor: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions of four: after each, another replica goes on where the last one stopped."""
    monkeypatch.setattr(ledger_verifier, "due_logs", nothing_is_due)
    await signed(plane, auditor)
    ticker = verifier_of(plane)
    sizes = []
    for _ in range(3):
        after = await verify_ledgers.verify_portion(
            auditor.tenant_id,
            notary=ticker._notary,
            units_of_work=ticker._units_of_work,
            clock=ticker._clock,
        )
        sizes.append((after.tree.size, after.agreed_size, after.is_finished))
    assert sizes == [(4, 3, False), (8, 3, False), (12, 12, True)]


def verifier_of(plane: Plane) -> LedgerVerifier:
    parts = plane.services["logs"].host._parts
    (check,) = (one for one in parts.checks if one.name == "ledgers")
    found: LedgerVerifier = check.prove.__self__  # type: ignore[attr-defined]
    return found


async def nothing_is_due(*_: object, **__: object) -> list[str]:
    """What a verifier reads that was switched off."""
    return []


async def test_mutant_without_the_job_an_old_entry_that_was_changed_is_signed_over(
    plane: Plane, auditor: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_verifier, "due_logs", nothing_is_due)
    client = await signed(plane, auditor)
    backup = await entries(plane, auditor)
    async with tampering.superuser(plane.database) as connection:
        await tampering.change_a_byte(connection, auditor.tenant_id)
    await grow(plane, auditor.tenant_id, 1)
    assert (await client.CreateCheckpoint()).checkpoint.tree_size == SIZE + 1
    assert await verifier_of(plane).prove() is None
    later = (await entries(plane, auditor))[len(backup) :]
    await restore(plane, auditor, [*backup, *later])
