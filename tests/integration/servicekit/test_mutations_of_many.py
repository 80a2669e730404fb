"""Many items in one call: each is done once, and none answers for another."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from aos.activity.v1 import run_completion_service_pb2 as messages
from kernel.errors import (
    AuditUnavailable,
    Conflict,
    FailedPrecondition,
    InvalidField,
    ServiceError,
    StorageUnavailable,
    Unavailable,
)
from kernel.identifiers import new_id
from servicekit import mutations as kit
from servicekit.audit.gate import AuditGate
from servicekit.database import Database
from servicekit.mutations import Mutations
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.invariant("I-05")

Item = messages.RunFinalization
Result = messages.RunResult


@pytest.fixture
def mutations(units: UnitsOfWork[UnitOfWork]) -> Mutations[UnitOfWork]:
    gate = AuditGate()
    gate.observe(0.0)
    return Mutations(units_of_work=units, gate=gate)


def item(run_id: str | None = None, request_id: str | None = None) -> Item:
    return Item(request_id=request_id or str(uuid.uuid4()), run_id=run_id or new_id("run"))


class Maker:
    """Makes a thing for each item, but for those that are to go wrong."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        # What is answered for a run, and what is raised because of it.
        self.refused: dict[str, ServiceError] = {}
        self.raised: dict[str, Exception] = {}
        self.asked: list[int] = []

    async def __call__(
        self, unit_of_work: UnitOfWork, items: Sequence[Any]
    ) -> list[Result | ServiceError]:
        self.asked.append(len(items))
        outcomes = [await self._make(unit_of_work, each) for each in items]
        for each in items:
            if each.run_id in self.raised:
                raise self.raised[each.run_id]
        return outcomes

    async def _make(self, unit_of_work: UnitOfWork, each: Any) -> Result | ServiceError:
        if each.run_id in self.refused:
            return self.refused[each.run_id]
        made = await specimen.make_thing(unit_of_work, self.tenant)
        unit_of_work.leave_unchanged()
        result = Result()
        result.run.id = made
        return result


async def perform(
    mutations: Mutations[UnitOfWork], items: Sequence[Item], maker: Maker
) -> list[Result]:
    return await mutations.each(
        messages.FinalizeRunsRequest(), items, Result, maker, tenant=maker.tenant
    )


@pytest.fixture
def maker() -> Maker:
    return Maker(new_id("ten"))


async def things_of(database: TestDatabase, maker: Maker) -> int:
    return int(await specimen.count(database, "things", f"tenant_id = '{maker.tenant}'"))


def written(results: Sequence[Result]) -> list[bytes]:
    return [result.SerializeToString(deterministic=True) for result in results]


async def test_a_repeated_call_returns_identical_bytes_and_does_nothing(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase, maker: Maker
) -> None:
    items = [item() for _ in range(20)]
    first = await perform(mutations, items, maker)
    assert len({result.run.id for result in first}) == 20
    assert written(await perform(mutations, items, maker)) == written(first)
    # Whoever repeats a part, among others that are new, gets that part again.
    mixed = await perform(mutations, [item(), *items[5:9], item()], maker)
    assert written(mixed[1:5]) == written(first[5:9])
    assert await things_of(specimen_database, maker) == 22
    assert maker.asked == [20, 2]


async def test_however_many_items_there_are_they_take_the_same_number_of_statements(
    mutations: Mutations[UnitOfWork], things: Database, maker: Maker
) -> None:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    async def nothing(unit_of_work: UnitOfWork, items: Sequence[Any]) -> list[Result]:
        for _ in items:
            unit_of_work.leave_unchanged()
        return [Result() for _ in items]

    event.listen(things.engine.sync_engine, "before_cursor_execute", note)
    try:
        counts = []
        for count in (1, 100):
            seen.clear()
            await mutations.each(
                messages.FinalizeRunsRequest(),
                [item() for _ in range(count)],
                Result,
                nothing,
                tenant=maker.tenant,
            )
            counts.append(len(seen))
    finally:
        event.remove(things.engine.sync_engine, "before_cursor_execute", note)
    assert counts[0] == counts[1] == 3


async def test_an_item_that_is_refused_leaves_its_neighbours_alone(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase, maker: Maker
) -> None:
    items = [item() for _ in range(5)]
    maker.refused[items[2].run_id] = FailedPrecondition("not now")
    results = await perform(mutations, items, maker)
    assert [result.WhichOneof("result") for result in results] == [
        "run",
        "run",
        "refusal",
        "run",
        "run",
    ]
    told = results[2].refusal
    assert (told.reason, told.message, told.retryable) == ("FAILED_PRECONDITION", "not now", False)
    assert await things_of(specimen_database, maker) == 4
    # A refusal is not kept: once it may, it does.
    maker.refused.clear()
    again = await perform(mutations, items, maker)
    assert again[2].run.id
    assert written(again[:2]) == written(results[:2])


@pytest.mark.parametrize("error", [FailedPrecondition("not now"), RuntimeError("a fault of ours")])
async def test_an_item_whose_work_breaks_leaves_nothing_behind_and_the_others_are_done(
    mutations: Mutations[UnitOfWork],
    specimen_database: TestDatabase,
    maker: Maker,
    error: Exception,
) -> None:
    items = [item() for _ in range(9)]
    maker.raised[items[4].run_id] = error
    results = await perform(mutations, items, maker)
    assert [bool(result.run.id) for result in results] == [number != 4 for number in range(9)]
    assert results[4].refusal.reason == getattr(error, "reason", "INTERNAL")
    assert "fault of ours" not in results[4].refusal.message
    for table in ("things", "outbox", "answers"):
        mine = f"tenant_id = '{maker.tenant}'"
        assert await specimen.count(specimen_database, table, mine) == 8, table


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (Unavailable("x"), True),
        (Conflict("x"), True),
        (FailedPrecondition("x"), False),
        (InvalidField.named("status", "x"), False),
    ],
)
async def test_a_refusal_says_whether_it_may_pass_and_which_field_is_wrong(
    mutations: Mutations[UnitOfWork], maker: Maker, error: ServiceError, retryable: bool
) -> None:
    asked = item()
    maker.refused[asked.run_id] = error
    told = (await perform(mutations, [asked], maker))[0].refusal
    assert told.retryable is retryable
    assert told.field == ("status" if isinstance(error, InvalidField) else "")


async def test_the_same_id_with_another_item_is_refused_and_changes_nothing(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase, maker: Maker
) -> None:
    asked = item()
    await perform(mutations, [asked], maker)
    results = await perform(mutations, [item(request_id=asked.request_id), item()], maker)
    assert results[0].refusal.reason == "REQUEST_ID_REUSED"
    assert results[1].run.id
    assert await things_of(specimen_database, maker) == 2


async def test_a_run_or_a_request_id_that_comes_twice_in_one_call_counts_once(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase, maker: Maker
) -> None:
    first = item()
    items = [first, item(run_id=first.run_id), item(request_id=first.request_id), first, item()]
    results = await perform(mutations, items, maker)
    assert [bool(result.run.id) for result in results] == [True, False, False, False, True]
    assert {result.refusal.field for result in results[1:4]} == {"run_id"}
    assert await things_of(specimen_database, maker) == 2


async def twins(mutations: Mutations[UnitOfWork], maker: Maker) -> list[list[bytes]]:
    """The same items five times at once, in different orders."""
    items = [item() for _ in range(30)]
    orders = [items, items[::-1], items[10:] + items[:10], items[::2] + items[1::2], items[::-1]]
    calls = [perform(mutations, order, maker) for order in orders]
    answers = await asyncio.gather(*calls)
    told = []
    for order, results in zip(orders, answers, strict=True):
        by_request = {
            asked.request_id: result for asked, result in zip(order, results, strict=True)
        }
        told.append(written([by_request[asked.request_id] for asked in items]))
    return told


async def test_twins_at_once_do_each_item_once_and_get_the_same_answers(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase, maker: Maker
) -> None:
    for _ in range(5):
        told = await twins(mutations, maker)
        assert all(each == told[0] for each in told)
    assert await things_of(specimen_database, maker) == 150


async def test_mutant_without_the_stored_answers_twins_do_everything_twice(
    mutations: Mutations[UnitOfWork],
    specimen_database: TestDatabase,
    maker: Maker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def forget(*_: Any) -> None:
        return

    monkeypatch.setattr(Mutations, "_remember", forget)
    told = await twins(mutations, maker)
    assert any(each != told[0] for each in told)
    assert await things_of(specimen_database, maker) > 30


async def test_a_twin_that_is_refused_because_the_other_won_gets_the_others_answer(
    mutations: Mutations[UnitOfWork], maker: Maker
) -> None:
    asked = item()
    won = asyncio.Event()

    async def lose(_unit_of_work: UnitOfWork, _items: Sequence[Any]) -> list[Result | ServiceError]:
        results.extend(await perform(mutations, [asked], maker))
        won.set()
        return [FailedPrecondition("it is so already")]

    results: list[Result] = []
    told = await mutations.each(
        messages.FinalizeRunsRequest(), [asked], Result, lose, tenant=maker.tenant
    )
    assert won.is_set()
    assert written(told) == written(results)


async def change_silently(mutations: Mutations[UnitOfWork], maker: Maker) -> list[Result]:
    async def silent(unit_of_work: UnitOfWork, items: Sequence[Any]) -> list[Result]:
        for _ in items:
            await specimen.make_thing(unit_of_work, maker.tenant)
        # One record cannot stand for two changes.
        unit_of_work.leave_unchanged()
        return [Result() for _ in items]

    items = [item(), item()]
    return await mutations.each(
        messages.FinalizeRunsRequest(), items, Result, silent, tenant=maker.tenant
    )


async def test_more_changes_than_records_are_not_made_together(
    mutations: Mutations[UnitOfWork], monkeypatch: pytest.MonkeyPatch, maker: Maker
) -> None:
    commits: list[int] = []
    monkeypatch.setattr(UnitOfWork, "flush", _counted(UnitOfWork.flush, commits))
    await change_silently(mutations, maker)
    # Each alone has its record.
    assert len(commits) == 2


async def test_mutant_without_the_check_two_changes_go_with_one_record(
    mutations: Mutations[UnitOfWork], monkeypatch: pytest.MonkeyPatch, maker: Maker
) -> None:
    commits: list[int] = []
    monkeypatch.setattr(UnitOfWork, "flush", _counted(UnitOfWork.flush, commits))
    monkeypatch.setattr(kit, "_require_audit", lambda *_: None)
    await change_silently(mutations, maker)
    assert len(commits) == 1


def _counted(real: Any, commits: list[int]) -> Any:
    async def flush(unit_of_work: UnitOfWork) -> None:
        commits.append(1)
        await real(unit_of_work)

    return flush


async def test_while_nothing_can_be_audited_or_stored_the_whole_call_is_unavailable(
    units: UnitsOfWork[UnitOfWork], mutations: Mutations[UnitOfWork], maker: Maker
) -> None:
    behind = AuditGate()
    behind.observe(1000.0)
    with pytest.raises(AuditUnavailable):
        await perform(Mutations(units_of_work=units, gate=behind), [item()], maker)
    items = [item() for _ in range(8)]
    maker.raised[items[3].run_id] = StorageUnavailable("gone")
    with pytest.raises(StorageUnavailable):
        await perform(mutations, items, maker)
    assert maker.asked == [8]
