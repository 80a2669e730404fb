"""Logs are signed by themselves, and damage lets no run begin until it is mended."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from kernel.clock import utc_now
from kernel.identifiers import TenantId
from kernel.principal import Principal
from servicekit.guard import boot_guard
from services.logs.usecases import sign_grown
from services.logs.usecases.ports import Unsigned
from services.logs.workers import checkpoint_ticker
from tests.integration.logs import tampering
from tests.integration.logs.clients import Client, grow
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_ticker, "_EVERY_SECONDS", 0.1)
        patch.setattr(sign_grown, "SIGN_AFTER", timedelta(seconds=0.5))
        patch.setattr(boot_guard, "INTERVAL_SECONDS", 0.1)
        patch.setattr(boot_guard, "BROKEN_INTERVAL_SECONDS", 0.1)
        await empty_plane.start_accounts_stand_in()
        await empty_plane.start("logs")
        await until(lambda: empty_plane.accepts_runs("logs"))
        yield empty_plane


async def signed_size(client: Client) -> int:
    checkpoints = (await client.ListCheckpoints(page_size=1)).checkpoints
    return checkpoints[0].tree_size if checkpoints else 0


async def test_a_log_that_grows_is_signed_by_itself(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    for size in (3, 5):
        await grow(plane, auditor.tenant_id, size)
        total = 3 if size == 3 else 8

        async def all_signed(total: int = total) -> bool:
            return await signed_size(client) == total

        await until(all_signed)


@pytest.mark.parametrize(
    ("size", "signed", "seconds_ago", "due"),
    [
        (1, 0, None, True),
        (11, 10, 9, False),
        (11, 10, 10, True),
        (1010, 10, 1, True),
        (1009, 10, 1, False),
        (9, 10, 1, True),
    ],
)
def test_a_log_is_due_after_ten_seconds_or_a_thousand_entries_and_at_once_when_it_shrank(
    size: int, signed: int, seconds_ago: int | None, due: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_grown, "SIGN_AFTER", timedelta(seconds=10))
    now = utc_now()
    log = Unsigned(
        tenant_id=TenantId("ten_x"),
        size=size,
        signed_size=signed,
        signed_at=None if seconds_ago is None else now - timedelta(seconds=seconds_ago),
    )
    assert sign_grown.is_due(log, now) is due


@pytest.mark.invariant("I-32")
async def test_damage_is_named_by_the_guard_and_by_the_job_and_mending_it_is_enough(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    await grow(plane, auditor.tenant_id, 4)
    await until(lambda: signed_size(client))
    guard = plane.services["logs"].foundation.guard
    async with tampering.superuser(plane.database) as connection:
        await connection.execute(
            "UPDATE ledger_heads SET size = 3, compact_range = $2 WHERE tenant_id = $1",
            auditor.tenant_id,
            bytes(64),
        )
    problem = await until(lambda: guard.problems().get("ledger_tail"))
    assert "4 entries were signed, and entry 3 is gone" in problem
    job = "SELECT last_error FROM logs.jobs WHERE name = 'sign_checkpoints' AND failures > 0"
    assert "entry 3 is gone" in str(await until(lambda: plane.database.value(job)))
    async with tampering.superuser(plane.database) as connection:
        await tampering.recompute(connection, auditor.tenant_id)
    await until(lambda: plane.accepts_runs("logs"))


@pytest.mark.invariant("I-32")
async def test_a_replica_that_does_not_run_the_job_notices_too(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    parts = plane.services["logs"].host._parts
    (check,) = (one for one in parts.checks if one.name == "ledger_tail")
    await grow(plane, auditor.tenant_id, 2)
    await until(lambda: signed_size(client))
    ticker = check.prove.__self__  # type: ignore[attr-defined]
    other = checkpoint_ticker.CheckpointTicker(
        notary=ticker._notary, units_of_work=ticker._units_of_work, clock=ticker._clock
    )
    assert await other.prove() is None
    async with tampering.superuser(plane.database) as connection:
        await connection.execute(
            "UPDATE ledger_heads SET size = 0, compact_range = '' WHERE tenant_id = $1",
            auditor.tenant_id,
        )
        assert "entry 0 is gone" in str(await other.prove())
        await tampering.recompute(connection, auditor.tenant_id)
    assert await other.prove() is None
