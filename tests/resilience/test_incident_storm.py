"""Ten thousand runs break their limits within a minute: nothing is lost, and nobody drowns in it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from aos.policies.v1 import decision_pb2, events_pb2, policy_pb2
from kernel.clock import utc_now
from kernel.identifiers import new_id
from tests.support.alerting import AlertScene, start_alerting
from tests.support.plane import Plane
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.gap("GAP-017")]
MINUTE = timedelta(minutes=1)
THRESHOLD = 30
AT_ONCE = 12
# Cases of a full storm are concluded and told of in minutes on two cores.
PATIENCE_SECONDS = 900
# People are told of the limit that was passed, and of the incident that was made of it.
ALERTS_EACH = 2


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await start_alerting(
        empty_plane,
        AOS_WATCH_SECONDS="3600",
        AOS_DELIVERY_CHECK_SECONDS="0.5",
        AOS_DIGEST_CHECK_SECONDS="1",
    )
    yield empty_plane


def breach(run_id: str, number: int) -> bytes:
    """What policies announces of a run that passes a limit of its own."""
    # Things that are not the same thing again: their numbers must not be all that differs.
    name = "".join(chr(ord("a") + int(digit)) for digit in f"{number:05}")
    finding = decision_pb2.Finding(
        policy_id=new_id("pol"),
        limit_name=f"cost of {name}",
        limit_type=policy_pb2.LIMIT_TYPE_COST_MICRO_USD,
        value=120,
        threshold=100,
        action=policy_pb2.ACTION_WARN,
        breach=True,
    )
    decision = decision_pb2.Decision(
        decision_id=new_id("dec"), run_id=run_id, step_id=new_id("stp"), winner=finding
    )
    return events_pb2.LimitBreached(decision=decision).SerializeToString()


async def make_runs(scene: AlertScene, number: int) -> list[str]:
    """So many runs of one tenant, before anything goes wrong."""
    places = asyncio.Semaphore(AT_ONCE)

    async def make() -> str:
        async with places:
            # Whoever makes runs for minutes signs a new token now and then.
            run = await AlertScene(scene.plane, tenant=scene.tenant).run()
            name: str = run.id
            return name

    return list(await asyncio.gather(*(make() for _ in range(number))))


async def break_limits(scene: AlertScene, runs: Sequence[str]) -> tuple[datetime, datetime]:
    """Let policies announce within one minute that each of the runs has passed a limit."""
    last = utc_now()
    first = last - MINUTE
    moments = [first + MINUTE * number / len(runs) for number in range(len(runs))]
    await scene.plane.database.fetch(
        "INSERT INTO policies.outbox (tenant_id, event_id, event_type, aggregate_id,"
        " aggregate_sequence, body, created_at)"
        " SELECT $1, told.*  FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[],"
        " $6::bytea[], $7::timestamptz[]) AS told",
        scene.tenant,
        [new_id("evt") for _ in runs],
        ["limit_breached"] * len(runs),
        list(runs),
        [1_000_000] * len(runs),
        [breach(run_id, number) for number, run_id in enumerate(runs)],
        moments,
    )
    return first, last


async def count(plane: Plane, table: str, tenant: str) -> int:
    statement = f"SELECT count(*) FROM incidents.{table} WHERE tenant_id = $1"
    return int(str(await plane.database.value(statement, tenant)))


async def test_a_storm_of_incidents_leaves_the_list_usable_and_is_one_digest(
    plane: Plane, is_full: bool
) -> None:
    number = 10_000 if is_full else 120
    scene = AlertScene(plane)
    await scene.settle(threshold=THRESHOLD, digest=3600)
    runs = await make_runs(scene, number)
    first, last = await break_limits(scene, runs)
    assert last - first <= MINUTE
    pages = await _read_while_it_lasts(plane, scene.tenant, number)
    # The front of the list was there all the time, long before everything was worked off.
    assert pages
    assert all(size <= 50 for size in pages)
    await _require_one_incident_for_each(plane, scene.tenant, runs)
    await _require_one_digest(plane, scene.tenant, number)


async def _read_while_it_lasts(plane: Plane, tenant: str, number: int) -> list[int]:
    pages: list[int] = []

    async def all_told() -> bool:
        scene = AlertScene(plane, tenant=tenant)
        page = await scene.responder.call("ListIncidents", page_size=50)
        pages.append(len(page.incidents))
        return await count(plane, "alerts", tenant) >= number * ALERTS_EACH

    await until(all_told, seconds=PATIENCE_SECONDS, every=0.5)
    return pages


async def _require_one_incident_for_each(plane: Plane, tenant: str, runs: Sequence[str]) -> None:
    rows = await plane.database.fetch(
        "SELECT run_id FROM incidents.incidents WHERE tenant_id = $1", tenant
    )
    assert Counter(row["run_id"] for row in rows) == Counter(runs)
    assert await count(plane, "violation_facts", tenant) == len(runs)


async def _require_one_digest(plane: Plane, tenant: str, number: int) -> None:
    scene = AlertScene(plane, tenant=tenant)
    assert len(await scene.alerts(held_back=False)) == THRESHOLD
    await scene.end_storm()

    async def shown() -> list[Any]:
        found = await scene.alerts(held_back=False)
        return found if len(found) > THRESHOLD else []

    digest, *out = await until(shown)
    held_back = number * ALERTS_EACH - THRESHOLD
    assert digest.title == f"{held_back:,} alerts were held back in a storm"
    assert digest.held_back_count == held_back
    told = [*out, *await scene.alerts(told_by_alert_id=digest.id)]
    made = await plane.database.fetch(
        "SELECT id FROM incidents.incidents WHERE tenant_id = $1", tenant
    )
    assert {one.incident_id for one in told if one.incident_id} == {row["id"] for row in made}
    assert len(told) == number * ALERTS_EACH
    kinds = Counter(one.kind for one in await scene.alerts())
    assert kinds[digest.kind] == 1
    assert sum(kinds.values()) == number * ALERTS_EACH + 1
