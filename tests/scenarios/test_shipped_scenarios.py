"""Every scenario that comes with AOS, on one plane as `aos up` runs it: causes in, effects out."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from aosctl.board import read_snapshot
from aosctl.engines import cluster
from aosctl.provision import database_url
from aosctl.scenario.cast import Cast
from aosctl.scenario.document import Scenario
from aosctl.scenario.expectations import unmarked
from aosctl.scenario.playing import Played, Playing, play
from aosctl.scenario.reading import sound_scenarios
from aosctl.services import DATABASE
from aosctl.stage.calling import Stage, stage
from aosctl.stage.planes import RunningPlane, fresh_plane

ROOT = Path(__file__).parents[2]
AOS = Path(sys.executable).with_name("aos")
AT_ONCE = 4
FILES = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))
# What runs that nobody drives any more wait for on a plane that is not tested.
HURRIED = {"AOS_STALE_SECONDS": "4", "AOS_SEARCH_SECONDS": "0.5"}
MARK = "synthetic_scenario_id"
# Rows of a run that carry no mark of their own; their run, found by its identifier, does.
OF_A_MARKED_RUN = {
    "activity.otel_traces",
    "activity.run_notes",
    "activity.run_policy_context",
    "activity.trace_heads",
    # What the ledger holds is hashed as it stands; its runs are named in a column of their own.
    "logs.ledger_entries",
    "orchestrator.contract_acks",
    "orchestrator.run_holders",
    "orchestrator.run_queue",
    "orchestrator.run_step_results",
    "orchestrator.run_step_waits",
    # Hashed as they stand as well: the root over them closes the gate.
    "policies.decisions",
    "policies.enforcement_incidents",
    "policies.gate_checks",
    # Written by a person, who chose the run.
    "policies.lessons",
    "policies.override_uses",
    "policies.reservations",
    "policies.shadow_divergences",
    "policies.suppressions",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane() -> AsyncIterator[RunningPlane]:
    async with fresh_plane(environment=HURRIED) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def connected(plane: RunningPlane) -> AsyncIterator[Stage]:
    """With a token of its own for each test: one lives five minutes."""
    async with stage(plane) as made:
        yield made


def shipped(name: str) -> Scenario:
    (scenario,) = sound_scenarios([ROOT / "examples" / "scenarios" / f"{name}.yaml"])
    return scenario


def missing(played: Played) -> list[str]:
    told = [f"{one.place}: {said}" for one in played.effects for said in one.differences]
    return ([played.broken_off] if played.broken_off else []) + told


async def rows(plane: RunningPlane, query: str, *arguments: Any) -> list[Any]:
    """What the database's owner reads, whom row security does not bind."""
    components = read_snapshot(plane.folder.state_file).components
    (address,) = (one.address for one in components if one.name == "postgres")
    password = (plane.folder.postgres / "password").read_text().strip()
    admin_url = f"postgresql://{cluster.SUPERUSER}:{password}@{address}/postgres"
    connection = await asyncpg.connect(database_url(admin_url, DATABASE))
    try:
        found: list[Any] = await connection.fetch(query, *arguments)
        return found
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plays(plane: RunningPlane) -> AsyncIterator[dict[Path, asyncio.Task[Played]]]:
    """All of them, a few at a time: each plays in a tenant of its own, and waits for most of it."""
    places = asyncio.Semaphore(AT_ONCE)

    async def go(path: Path) -> Played:
        (scenario,) = sound_scenarios([path])
        async with places, stage(plane) as made:
            return await play(scenario, made)

    begun = {path: asyncio.create_task(go(path)) for path in FILES}
    yield begun
    for one in begun.values():
        one.cancel()
    await asyncio.gather(*begun.values(), return_exceptions=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_effect_follows(path: Path, plays: dict[Path, asyncio.Task[Played]]) -> None:
    assert missing(await plays[path]) == []


async def test_mutant_an_effect_that_never_comes_is_missed_and_what_came_instead_is_told(
    connected: Stage,
) -> None:
    scenario = shipped("run-fails-by-itself")
    (effects,) = scenario.effects
    wrong = replace(
        effects,
        activity={"run": {"status": "succeeded"}},
        incidents={"incidents": {"some": [{"category": "budget_exceeded"}]}},
    )
    played = await play(replace(scenario, effects=(wrong,), within_seconds=5), connected)
    assert not played.holds
    told = missing(played)
    assert "activity.run: status is FAILED, expected succeeded" in told
    assert any("{category EXECUTION_FAILURE}" in one for one in told), told


async def test_mutant_more_than_there_should_be_is_missed_as_well(connected: Stage) -> None:
    scenario = shipped("run-fails-by-itself")
    (effects,) = scenario.effects
    wrong = replace(effects, incidents={"incidents": {"count": 0}})
    played = await play(replace(scenario, effects=(wrong,), within_seconds=3), connected)
    assert missing(played) == ["incidents.incidents: there are 1, expected 0"]


async def test_a_cause_that_is_refused_though_nobody_expects_it_breaks_the_scenario_off(
    connected: Stage,
) -> None:
    scenario = shipped("degraded-accepts-no-runs")
    causes = tuple(replace(cause, refused="") for cause in scenario.causes)
    played = await play(replace(scenario, causes=causes), connected)
    assert "cause 4. submit run refused: refused as GOVERNANCE_DEGRADED" in played.broken_off
    assert not played.holds


async def test_mutant_a_refusal_that_does_not_come_breaks_it_off_too(connected: Stage) -> None:
    scenario = shipped("run-ends-well")
    causes = tuple(replace(cause, refused="SPINE_BROKEN") for cause in scenario.causes)
    played = await play(replace(scenario, causes=causes), connected)
    assert "expected a refusal, SPINE_BROKEN" in played.broken_off


async def test_another_profile_than_the_plane_has_is_told(connected: Stage) -> None:
    scenario = shipped("run-ends-well")
    given = replace(scenario.given, profile="strict")
    played = await play(replace(scenario, given=given), connected)
    assert played.broken_off == "the plane runs under STANDARD, STRICT is needed"


async def test_what_is_not_marked_is_found(connected: Stage) -> None:
    """The mutant of the marks: the same things, held against another scenario's name."""
    scenario = shipped("budget-stops-a-run")
    cast = Cast(scenario=scenario.name, stage=await connected.guest("marks"))
    played = await Playing(scenario=scenario, cast=cast).all()
    assert missing(played) == []
    cast.scenario = "another"
    bare = {one.place for one in await unmarked(cast)}
    assert bare >= {
        "activity.run of run",
        "activity.trace of run",
        "policies.enforcements of run",
        "policies.proposals of run",
        "incidents.incidents of run",
        "incidents.alerts of run",
        "logs.run_log of run",
        "orchestrator.saga of run",
    }


async def columns(plane: RunningPlane) -> dict[str, set[str]]:
    """The columns of every table of every domain that a run has rows in."""
    found = await rows(
        plane,
        "SELECT c.table_schema || '.' || c.table_name AS name, c.column_name "
        "FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' AND c.table_schema "
        "IN ('activity', 'policies', 'incidents', 'logs', 'orchestrator')",
    )
    tables: dict[str, set[str]] = {}
    for row in found:
        tables.setdefault(row["name"], set()).add(row["column_name"])
    return tables


async def test_every_row_that_a_scenario_causes_carries_its_mark(
    plane: RunningPlane, connected: Stage
) -> None:
    scenarios = [
        shipped(name)
        for name in (
            "budget-stops-a-run",
            "learned-rule-prevents-an-incident",
            "near-threshold-is-told",
            "unsupported-claim-is-found",
            "run-ends-well",
        )
    ]
    by_mark = {one.name: await play(one, connected) for one in scenarios}
    filled = set()
    for table, names in (await columns(plane)).items():
        if MARK not in names:
            continue
        for mark, played in by_mark.items():
            query = f"SELECT {MARK} FROM {table} WHERE tenant_id = $1"
            marks = {row[MARK] for row in await rows(plane, query, played.tenant_id)}
            assert marks <= {mark}, f"{table} of {mark}"
            filled |= {table} if marks else set()
    assert filled >= {
        "activity.runs",
        "activity.aos_traces",
        "policies.gates",
        "policies.policy_enforcements",
        "policies.prevention_records",
        "policies.policy_proposals",
        "incidents.cases",
        "incidents.violation_facts",
        "incidents.incidents",
        "incidents.alerts",
        "incidents.hallucination_findings",
        "incidents.trace_examinations",
        "logs.llm_run_records",
        "logs.run_log_events",
        "orchestrator.run_contracts",
        "orchestrator.sagas",
    }


async def test_a_table_of_runs_has_a_mark_or_is_known_to_hang_on_one_that_has(
    plane: RunningPlane,
) -> None:
    tables = await columns(plane)
    of_runs = {name for name, held in tables.items() if "run_id" in held}
    assert {name for name in of_runs if MARK not in tables[name]} == OF_A_MARKED_RUN


def test_the_command_plays_them_on_the_plane_that_runs_and_says_so_in_json(
    plane: RunningPlane, tmp_path: Path
) -> None:
    good = ROOT / "examples" / "scenarios" / "run-ends-well.yaml"
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        good.read_text()
        .replace("status: succeeded", "status: failed", 1)
        .replace("given:", "within_seconds: 3\ngiven:")
    )
    command = [AOS, "scenario", "run", "--data-dir", plane.folder.root, "--json", good, bad]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 1, answer.stderr
    well, ill = json.loads(answer.stdout)
    assert (well["holds"], well["broken_off"]) == (True, "")
    assert well["run_ids"]["run"].startswith("run_")
    wrong = [effect for effect in ill["effects"] if not effect["holds"]]
    assert [effect["place"] for effect in wrong] == ["activity.run"]
    assert wrong[0]["differences"] == ["status is SUCCEEDED, expected failed"]
    assert "take step read: CONTINUE" in answer.stderr
