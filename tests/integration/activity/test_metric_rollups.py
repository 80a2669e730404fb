"""Figures equal what one gets by looking at every run, however much of them is rolled up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from servicekit.database import Database
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api.event_messages import encode
from services.activity.store import metrics
from services.activity.store.tables import KIT
from services.activity.store.unit_of_work import ActivityUnitOfWork
from services.activity.usecases.ports import Grouping
from services.activity.usecases.roll_up_metrics import roll_up_metrics
from tests.integration.activity.run_history import History, Units, naive, require_same
from tests.support.databases import TestDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def units(database: TestDatabase) -> AsyncIterator[Units]:
    """Transactions of activity; no service runs, so nobody else rolls anything up."""
    made = Database(url=database.url_of("activity"), service="activity")
    yield UnitsOfWork(
        database=made,
        make=lambda connection: ActivityUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    await made.close()


@pytest.fixture
def history(units: Units) -> History:
    return History(units)


async def roll_up(units: Units) -> int:
    return await roll_up_metrics(units_of_work=units)


async def test_figures_equal_a_look_at_every_run_while_things_go_on(
    units: Units, history: History
) -> None:
    added = 0
    for _ in range(6):
        await history.go_on(12)
        await history.check(12)
        added += await roll_up(units)
        await history.check(12)
    settled = [one for one in history.runs if one.run.is_over and (one.sealed or not one.trace_id)]
    assert added == len(settled) > 0


async def late_steps_still_count(units: Units, history: History) -> None:
    """A run goes on after its hour was rolled up, the others of that hour with it."""
    known = await history.create()
    await history.settle(await history.create())
    await history.end(known)
    await roll_up(units)
    for change in (history.record, history.seal):
        await change(known)
        await roll_up(units)
        require_same(
            await history.read(history.query(), None),
            naive(history.runs, history.query(), None),
            "",
        )


async def test_a_run_that_changes_after_its_hour_was_rolled_up_is_still_counted_right(
    units: Units, history: History
) -> None:
    await late_steps_still_count(units, history)


async def test_mutant_runs_that_are_rolled_up_while_steps_may_come_are_counted_wrong(
    units: Units, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        metrics, "_ROLL_UP", text(metrics._ROLL_UP.text.replace("NOT h.sealed", "false"))
    )
    monkeypatch.setattr(
        metrics, "_TENANTS", text(metrics._TENANTS.text.replace("NOT h.sealed", "false"))
    )
    with pytest.raises(AssertionError):
        await late_steps_still_count(units, history)


async def test_rolling_up_twice_or_by_several_at_once_adds_nothing(
    units: Units, history: History
) -> None:
    for _ in range(20):
        await history.settle(await history.create())
    query = history.query(grouping=Grouping.AGENT)
    before = await history.read(query, None)
    # Read all the while: at no moment is a run in both places, or in neither.
    seen, added = [], 0
    for _ in range(3):
        answers = await asyncio.gather(
            *(roll_up(units) for _ in range(2)), *(history.read(query, None) for _ in range(3))
        )
        added += answers[0] + answers[1]
        seen += answers[2:]
    assert added == 20
    assert all(figures == before for figures in seen)


async def test_mutant_a_run_that_is_not_marked_is_counted_again(
    units: Units, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmarked = metrics._ROLL_UP.text.replace("rolled_up = true", "rolled_up = false")
    monkeypatch.setattr(metrics, "_ROLL_UP", text(unmarked))
    await history.settle(await history.create())
    await roll_up(units)
    with pytest.raises(AssertionError):
        require_same(
            await history.read(history.query(), None),
            naive(history.runs, history.query(), None),
            "",
        )
    monkeypatch.undo()
    # Its figures stay wrong; it must not be found by others' turns as well.
    await roll_up(units)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity.runs SET completed_at = now() WHERE id = $1",
        "UPDATE activity.runs SET started_at = '2000-01-01' WHERE id = $1",
        "UPDATE activity.runs SET synthetic_scenario_id = 'x' WHERE id = $1",
        "UPDATE activity.runs SET rolled_up = false WHERE id = $1",
        "UPDATE activity.trace_heads SET input_tokens = input_tokens + 1 WHERE run_id = $1",
        "UPDATE activity.trace_heads SET sealed = false WHERE run_id = $1",
    ],
)
async def test_what_was_added_up_cannot_change_any_more(
    units: Units, history: History, database: TestDatabase, statement: str
) -> None:
    known = await history.create()
    await history.settle(known)
    await roll_up(units)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await database.fetch(statement, known.run.id)
    assert refused.value.sqlstate == "AOS01"


async def test_notes_of_a_run_are_taken_after_it_was_rolled_up(
    units: Units, history: History
) -> None:
    known = await history.create()
    await history.settle(known)
    await roll_up(units)
    async with units(history.tenant_id) as unit_of_work:
        held = await unit_of_work.runs.hold(history.tenant_id, known.run.id)
        assert held is not None
        await unit_of_work.runs.update(replace(held, incident_count=3, revision=9))
        await unit_of_work.commit()
    await history.check(3)


async def test_more_than_a_number_of_eight_bytes_can_be_added_up(
    units: Units, history: History, database: TestDatabase
) -> None:
    for _ in range(2):
        known = await history.create()
        await history.end(known)
        await database.fetch(
            "UPDATE activity.trace_heads SET cost_micro_usd = 9223372036854775807 WHERE run_id = $1",
            known.run.id,
        )
        await history.seal(known)
    for _ in range(2):
        (figures,) = await history.read(history.query(), None)
        assert figures.cost_micro_usd == 2**63 - 1
        await roll_up(units)
