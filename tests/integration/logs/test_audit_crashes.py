"""I-30 across crashes: every change that committed has one entry, and no other change has any."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio

from aosctl.ports import free_port
from kernel.identifiers import new_id
from tests.integration.logs.audited_process import APART, NEW_KEYS
from tests.support import specimen
from tests.support.plane import Plane
from tests.support.processes import Process, end, launch, launch_service, service_process
from tests.support.waiting import until

pytestmark = [pytest.mark.invariant("I-30"), pytest.mark.resilience]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await specimen.install(empty_plane.database)
    yield empty_plane


@pytest.fixture
def tenant() -> str:
    return new_id("ten")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def logs(plane: Plane) -> AsyncIterator[str]:
    """A logs that nothing happens to."""
    address = f"127.0.0.1:{free_port()}"
    async with service_process(plane, "logs", address=address):
        yield address


async def start(
    plane: Plane, logs: str, tenant: str, parts: str, *, failpoints: str = ""
) -> Process:
    """A process that changes things, or brings their entries, or both."""
    return await launch(
        "tests.integration.logs.audited_process",
        plane.database.url_of("specimen"),
        logs,
        str(plane.identities.key_file("activity")),
        tenant,
        parts,
        environment={"FAILPOINTS": failpoints},
    )


async def die_at(
    plane: Plane, logs: str, tenant: str, points: Sequence[str], *, mutant: str = ""
) -> None:
    """Change things and die at each point in turn; then somebody brings what was left behind."""
    for point in points:
        parts = f"write,bring,{mutant}" if mutant else "write,bring"
        await die(await start(plane, logs, tenant, parts, failpoints=point))
    await bring_the_rest(plane, logs, tenant, mutant)


async def die(process: Process) -> None:
    """Wait until it has killed itself."""
    try:
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    finally:
        await end(process)


async def bring_the_rest(plane: Plane, logs: str, tenant: str, mutant: str = "") -> None:
    process = await start(plane, logs, tenant, f"bring,{mutant}" if mutant else "bring")
    try:
        await until(lambda: nothing_waits(plane, tenant))
    finally:
        await end(process)


async def nothing_waits(plane: Plane, tenant: str) -> bool:
    query = (
        "SELECT NOT EXISTS (SELECT FROM specimen.log_intents "
        "WHERE tenant_id = $1 AND acknowledged_at IS NULL)"
    )
    return bool(await plane.database.value(query, tenant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What committed, beside what the ledger says."""

    changes: int
    without_entry: int
    doubled: int
    # Entries about changes that never committed.
    unfounded: int

    @property
    def is_exact(self) -> bool:
        return self.changes > 0 and not (self.without_entry or self.doubled or self.unfounded)


async def audit(plane: Plane, tenant: str) -> Audit:
    """Compare both sides, as somebody who sees all schemas."""
    (row,) = await plane.database.fetch(
        "SELECT count(t.id) AS changes, "
        "count(*) FILTER (WHERE e.entity_id IS NULL) AS without_entry, "
        "COALESCE(sum(e.times - 1), 0)::bigint AS doubled, "
        "count(*) FILTER (WHERE t.id IS NULL) AS unfounded "
        "FROM (SELECT id FROM specimen.things WHERE tenant_id = $1) t FULL JOIN "
        "(SELECT entity_id, count(*) AS times FROM logs.ledger_entries WHERE tenant_id = $1 "
        "GROUP BY entity_id) e ON e.entity_id = t.id",
        tenant,
    )
    return Audit(**dict(row))


DEATHS = {
    "before the change is committed": "writer.before_commit:{place}",
    "between the commit and the append": "writer.after_commit:{place}",
    "before a batch leaves": "courier.before_append:{number}",
    "after logs has acknowledged": "courier.after_append:{number}",
}


@pytest.mark.parametrize("death", DEATHS)
async def test_whenever_a_service_dies_each_committed_change_has_one_entry(
    plane: Plane, logs: str, tenant: str, death: str
) -> None:
    points = [DEATHS[death].format(number=number, place=17 * number) for number in (1, 2, 3)]
    await die_at(plane, logs, tenant, points)
    found = await audit(plane, tenant)
    assert found.is_exact, found


@pytest.mark.parametrize("point", ["ledger.after_write", "ledger.before_answer"])
async def test_when_logs_dies_in_the_middle_of_an_append_each_change_has_one_entry(
    plane: Plane, tenant: str, point: str
) -> None:
    address = f"127.0.0.1:{free_port()}"
    service = await start(plane, address, tenant, "write,bring")
    try:
        for number in (1, 2, 3):
            process = await launch_service(plane, "logs", address, failpoints=f"{point}:{number}")
            await die(process)
    finally:
        await end(service)
    async with service_process(plane, "logs", address=address):
        await bring_the_rest(plane, address, tenant)
    found = await audit(plane, tenant)
    assert found.is_exact, found


async def test_mutant_without_a_key_of_its_own_an_entry_is_written_twice(
    plane: Plane, logs: str, tenant: str
) -> None:
    await die_at(plane, logs, tenant, ["courier.after_append:1"], mutant=NEW_KEYS)
    found = await audit(plane, tenant)
    assert found.doubled
    assert found.without_entry + found.unfounded == 0


async def test_mutant_an_entry_that_is_not_of_the_same_transaction_tells_of_what_never_was(
    plane: Plane, logs: str, tenant: str
) -> None:
    await die_at(plane, logs, tenant, ["writer.before_commit:17"], mutant=APART)
    assert (await audit(plane, tenant)).unfounded
