"""What a run does while nobody can be asked, as its policies want it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from aos_sdk import AsyncAOSClient, AsyncRun, OnUnreachable, PlaneUnreachable, RunStatus, _asking
from aos_sdk._held_run import HeldRun
from aos_sdk._session import Session
from aos_sdk.testing import FakeClock, FakePlane
from tests.unit.sdk.sdk_waiting import settled, until_in_time, while_time_passes

PERMIT_SECONDS = 5.0


@asynccontextmanager
async def a_run(plane: FakePlane, clock: FakeClock) -> AsyncIterator[AsyncRun]:
    """A run on a clock that stands still; the plane is back before it ends."""
    async with plane.async_client(clock=clock, timeout=1_000) as client:
        run = client.run(goal="g", agent=plane.agent_id)
        await run.__aenter__()
        yield run
        plane.come_back()
        plane.speak_again()
        await while_time_passes(clock, run.__aexit__(None, None, None))


@pytest.mark.parametrize("silence", ["go_away", "fall_silent"])
async def test_a_closed_run_takes_no_step_once_its_permit_has_run_out(
    plane: FakePlane, clock: FakeClock, silence: str
) -> None:
    async with a_run(plane, clock) as run:
        assert run.on_unreachable is OnUnreachable.FAIL_CLOSED
        getattr(plane, silence)()
        entering = asyncio.create_task(run.step("s").__aenter__())
        clock.advance(PERMIT_SECONDS - 0.1)
        await settled()
        assert not entering.done()
        with pytest.raises(PlaneUnreachable, match="permit"):
            await while_time_passes(clock, entering)
        assert run.should_stop
        with pytest.raises(PlaneUnreachable):
            run.check()


async def test_a_closed_run_goes_on_when_the_plane_is_back_in_time(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(plane, clock) as run:
        plane.go_away()
        entering = asyncio.create_task(run.step("s").__aenter__())
        await settled()
        plane.come_back()
        step = await while_time_passes(clock, entering)
        await step.__aexit__(None, None, None)
    assert [step.name for step in plane.last_run.steps] == ["s"]


async def test_a_step_may_be_asked_for_again_under_its_name(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(plane, clock) as run:
        plane.go_away()
        with pytest.raises(PlaneUnreachable):
            await while_time_passes(clock, run.step("s", step_id="mine").__aenter__())
        plane.come_back()
        await until_in_time(clock, lambda: not run.should_stop)
        async with run.step("s", step_id="mine"):
            pass
    assert [(step.step_id, step.status) for step in plane.last_run.steps] == [("mine", "SUCCEEDED")]


async def cut_off_in_a_step(plane: FakePlane, clock: FakeClock, run: AsyncRun) -> bool:
    """Whether the body is broken off when the permit runs out while the plane is away."""
    body = asyncio.Event()

    async def work() -> None:
        async with run.step("long"):
            plane.go_away()
            await body.wait()

    working = asyncio.create_task(work())
    await settled()
    for _ in range(3):
        await while_time_passes(clock, settled())
        clock.advance(PERMIT_SECONDS)
        await settled()
    broken_off = working.done()
    body.set()
    plane.come_back()
    try:
        await while_time_passes(clock, working)
    except PlaneUnreachable:
        return broken_off
    return False


async def test_a_closed_run_is_broken_off_when_its_permit_runs_out(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(plane, clock) as run:
        cut_off = asyncio.create_task(cut_off_in_a_step(plane, clock, run))
        assert await cut_off
    assert [step.outcome_code for step in plane.last_run.steps] == ["PlaneUnreachable"]


async def test_mutant_without_the_guard_a_cut_off_step_goes_on(
    plane: FakePlane, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep_on_duty(self: HeldRun) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(HeldRun, "guard", sleep_on_duty)
    async with a_run(plane, clock) as run:
        assert not await cut_off_in_a_step(plane, clock, run)


@pytest.fixture
def open_plane() -> Iterator[FakePlane]:
    with FakePlane(on_unreachable="fail_open") as plane:
        yield plane


async def test_an_open_run_goes_on_and_its_results_are_brought_later(
    open_plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(open_plane, clock) as run:
        assert run.on_unreachable is OnUnreachable.FAIL_OPEN
        open_plane.go_away()
        for number in range(3):
            step = run.step(f"unasked {number}")
            await while_time_passes(clock, step.__aenter__())
            assert step.decision is None
            await while_time_passes(clock, step.__aexit__(None, None, None))
        assert not run.should_stop
        assert run.unsent_results == 3
        with pytest.raises(PlaneUnreachable, match="3 results"):
            await while_time_passes(clock, run.flush(timeout=1))
        open_plane.come_back()
        await while_time_passes(clock, run.flush())
        assert run.unsent_results == 0
    names = sorted(step.name for step in open_plane.last_run.steps)
    assert names == ["unasked 0", "unasked 1", "unasked 2"]
    assert open_plane.last_run.status is RunStatus.SUCCEEDED


async def test_an_open_run_is_not_broken_off(open_plane: FakePlane, clock: FakeClock) -> None:
    async with a_run(open_plane, clock) as run:
        assert not await cut_off_in_a_step(open_plane, clock, run)


async def test_an_open_run_still_asks_while_the_plane_answers(
    open_plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(open_plane, clock) as run, run.step("s") as step:
        assert step.decision is not None


async def test_what_an_open_run_keeps_is_bounded(
    open_plane: FakePlane, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_asking, "MOST_KEPT", 2)
    async with a_run(open_plane, clock) as run:
        open_plane.go_away()
        with pytest.raises(PlaneUnreachable, match="2 messages wait"):
            while run.unsent_results <= 2:
                step = run.step("s")
                await while_time_passes(clock, step.__aenter__())
                await while_time_passes(clock, step.__aexit__(None, None, None))
        assert run.unsent_results == 2


async def test_a_result_that_cannot_be_brought_is_kept_and_said_to_be(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(plane, clock) as run:
        step = run.step("s")
        await step.__aenter__()
        plane.go_away()
        with pytest.raises(PlaneUnreachable, match="kept and delivered"):
            await while_time_passes(clock, step.__aexit__(None, None, None))
        assert run.unsent_results == 1
        plane.come_back()
        await while_time_passes(clock, run.flush())
    assert [step.status for step in plane.last_run.steps] == ["SUCCEEDED"]


async def test_a_stream_that_is_dead_without_saying_so_is_replaced(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with a_run(plane, clock) as run:
        await lose_the_stream_to_silence(plane, clock, run._life.session)
        assert run.should_stop
        await until_in_time(clock, lambda: not run.should_stop)
    assert len(plane.sessions_opened) == 2


async def lose_the_stream_to_silence(plane: FakePlane, clock: FakeClock, session: Session) -> None:
    plane.fall_silent()
    before = session._stream
    await until_in_time(clock, lambda: session._stream not in {before, None})
    plane.speak_again()


async def test_a_completion_that_cannot_be_brought_is_said_to_be(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with plane.async_client(clock=clock, timeout=10) as client:
        run = client.run(goal="g", agent=plane.agent_id)
        await run.__aenter__()
        plane.go_away()
        with pytest.raises(PlaneUnreachable, match="completion"):
            await while_time_passes(clock, run.__aexit__(None, None, None))
        plane.come_back()
        await until_in_time(clock, lambda: plane.last_run.status.is_over)
    assert plane.last_run.status is RunStatus.SUCCEEDED


async def test_a_token_is_renewed_before_it_expires(plane: FakePlane, clock: FakeClock) -> None:
    async with plane.async_client(clock=clock) as client:
        await client.get_capabilities()
        clock.advance(200)
        await client.get_capabilities()
        assert plane.keys_exchanged == 1
        clock.advance(50)
        await client.get_capabilities()
        assert plane.keys_exchanged == 2


async def test_a_dead_stream_is_noticed_though_no_run_is_held(
    plane: FakePlane, clock: FakeClock
) -> None:
    async with plane.async_client(clock=clock, timeout=1_000) as client:
        await while_time_passes(clock, one_run(client, plane))
        session = client._session
        assert session is not None
        second = asyncio.create_task(one_run(client, plane))
        await lose_the_stream_to_silence(plane, clock, session)
        await while_time_passes(clock, second)
    assert len(plane.sessions_opened) == 2
    assert plane.last_run.status is RunStatus.SUCCEEDED


async def one_run(client: AsyncAOSClient, plane: FakePlane) -> None:
    async with client.run(goal="g", agent=plane.agent_id):
        pass
