"""Three of everything, and one after the other is lost while governed runs go on."""

import asyncio
import os
import random
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from tests.support.bookkeeping import budget_differences, events_have_left, step_differences
from tests.support.cluster import Cluster, ClusterReplica, cluster
from tests.support.cluster_load import COMPLETION, STEP, Load
from tests.support.completeness import differences
from tests.support.figures import Figures
from tests.support.governed import limit
from tests.support.orchestrated import Household
from tests.support.standby import PostgresPair, postgres_pair
from tests.support.waiting import until

pytestmark = [
    pytest.mark.resilience,
    # Three minutes of engines and processes: `make resilience` has them, `make test` the parts.
    pytest.mark.skipif(os.environ.get("AOS_RESILIENCE") != "full", reason="is for make resilience"),
]
IS_FULL = os.environ.get("AOS_RESILIENCE") == "full"
AGENTS = 4 if IS_FULL else 2


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(engine_folder: Path) -> AsyncIterator[Cluster]:
    folder = engine_folder / f"cluster-{secrets.token_hex(3)}"
    folder.mkdir()
    async with cluster(folder) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="session")
async def household(plane: Cluster) -> Household:
    """A tenant whose runs share a budget that they do not use up."""
    made = await Household(plane.operators).settle()  # type: ignore[arg-type]
    made.plane = plane.plane
    await made.govern(limit("COST_MICRO_USD", 1_000_000_000, window="CALENDAR_DAY"))
    return made


def connected(caller: ClusterReplica) -> set[str]:
    """The ports that a process has connections to."""
    assert caller.process is not None
    found = psutil.Process(caller.process.pid).net_connections(kind="tcp")
    return {str(one.raddr.port) for one in found if one.raddr}


async def test_every_caller_shares_its_calls_out_among_all_replicas(plane: Cluster) -> None:
    for caller in plane.replicas["orchestrator"]:
        for name in ("accounts", "activity", "policies", "incidents", "logs"):
            wanted = {one.address.rpartition(":")[2] for one in plane.replicas[name]}
            await until(lambda caller=caller, wanted=wanted: wanted <= connected(caller))


async def lose_a_bus_server(plane: Cluster, load: Load, chance: random.Random) -> None:
    """One of three is gone with its disk; an empty one takes its place and catches up."""
    victim = chance.choice(plane.bus.servers)
    await victim.kill()
    await load.more(3)
    victim.forget()
    await plane.bus.bring_back(victim)
    await plane.bus.is_whole()


async def lose_replicas(plane: Cluster, load: Load, chance: random.Random) -> None:
    """One process of each service is killed, in any order, and comes back."""
    for name in chance.sample(list(plane.replicas), len(plane.replicas)):
        victim = chance.choice(plane.replicas[name])
        await plane.die(victim)
        await load.more(1)
        await plane.live(victim)
    await plane.at_peace()


async def lose_a_bus_server_and_replicas(plane: Cluster, load: Load, chance: random.Random) -> None:
    """A third of everything is gone at the same moment."""
    server = chance.choice(plane.bus.servers)
    replicas = [chance.choice(replicas) for replicas in plane.replicas.values()]
    await asyncio.gather(server.kill(), *(plane.die(replica) for replica in replicas))
    await load.more(1)
    server.forget()
    await plane.bus.bring_back(server)
    for replica in replicas:
        await plane.live(replica)
    await plane.bus.is_whole()
    await plane.at_peace()


async def replace_the_authority(plane: Cluster, load: Load, _chance: random.Random) -> None:
    """Both are believed before anybody shows the new, and until nobody shows the old."""
    for by, believed in ((0, (0, 1)), (1, (0, 1)), (1, (1,))):
        plane.certificates.issue(by=by, believed=believed)
        await plane.certified()
        await load.more(3)


async def lose_the_primary(plane: Cluster, load: Load, _chance: random.Random) -> None:
    """The server of the database is gone; its standby takes its place."""
    await plane.pair.kill_primary()
    before = load.interruptions.total()
    await until(lambda: load.interruptions.total() > before)
    await plane.pair.promote()
    await load.more(3)
    await plane.at_peace()


FAULTS = {
    "a third of everything": lose_a_bus_server_and_replicas,
    "a server of the bus": lose_a_bus_server,
    "replicas": lose_replicas,
    "the authority": replace_the_authority,
    "the primary": lose_the_primary,
}
MARKS = {
    "a third of everything": [pytest.mark.invariant("I-01"), pytest.mark.invariant("I-08")],
    "a server of the bus": [pytest.mark.invariant("I-08")],
    "replicas": [pytest.mark.invariant("I-01")],
    "the authority": [],
    "the primary": [pytest.mark.invariant("I-02")],
}
CHOSEN = list(FAULTS) if IS_FULL else ["a third of everything"]


@pytest.mark.parametrize("fault", [pytest.param(name, marks=MARKS[name]) for name in CHOSEN])
async def test_whatever_is_lost_nothing_acknowledged_is_and_nothing_doubled(
    fault: str, plane: Cluster, household: Household, chance: random.Random, figures: Figures
) -> None:
    load = Load(household, chance)
    runs = int(os.environ.get("AOS_CLUSTER_RUNS", "40")) if IS_FULL else 3
    async with load.going_on(AGENTS):
        await load.more(runs)
        since = time.monotonic()
        await FAULTS[fault](plane, load, chance)
        healed = time.monotonic()
        await load.more(runs)
    await load.settled()
    await events_have_left(household, confirmed=IS_FULL)
    quiet = time.monotonic()
    lost, doubled = await differences(household, load.wanted)
    lost_steps, doubled_steps = await step_differences(household, load.steps)
    figures.add(
        cases=len(load.wanted), lost=len(lost + lost_steps), doubled=len(doubled + doubled_steps)
    )
    figures.tell(
        f"{fault}: {len(load.wanted)} runs, {len(load.steps)} steps; healed after "
        f"{healed - since:.1f} s, everything done and told {quiet - healed:.1f} s later"
    )
    for kind in (STEP, COMPLETION):
        figures.tell(f"{fault}: {kind}: {load.recovery(kind, since)}")
    for why, count in load.interruptions.most_common():
        figures.tell(f"{fault}: asked again {count} times for {why}")
    assert (lost + lost_steps, doubled + doubled_steps) == ([], [])
    assert await budget_differences(household) == []


@pytest.mark.invariant("I-02")
async def test_mutant_a_standby_that_nobody_waits_for_lacks_what_was_acknowledged(
    engine_folder: Path,
) -> None:
    """What the loss of the primary rests on: without it, the same loss loses something."""
    folder = engine_folder / f"pair-{secrets.token_hex(3)}"
    folder.mkdir()
    async with postgres_pair(folder) as pair:
        await pair.ask(pair.primary, "CREATE TABLE acknowledged (number integer)")
        await pair.follow()
        await pair.ask(pair.primary, "ALTER SYSTEM SET synchronous_standby_names = ''")
        await pair.ask(pair.primary, "SELECT pg_reload_conf()")
        await pair.ask(pair.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        await pair.ask(pair.standby, "SELECT pg_reload_conf()")
        following = "SELECT count(*) FROM pg_stat_replication"
        await until(lambda: _is_none(pair, following))
        await pair.ask(pair.primary, "INSERT INTO acknowledged VALUES (1)")
        await pair.kill_primary()
        await pair.promote()
        assert await pair.ask(pair.standby, "SELECT count(*) FROM acknowledged") == 0
    shutil.rmtree(folder, ignore_errors=True)


async def _is_none(pair: PostgresPair, query: str) -> bool:
    return await pair.ask(pair.primary, query) == 0
