"""What a run is told while it runs: pause, resume, stop, kill."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from aos_sdk import (
    Action,
    AOSClient,
    AsyncAOSClient,
    ClientUnusable,
    Directive,
    GateState,
    RunKilled,
    RunPaused,
    RunStatus,
    RunStopped,
)
from aos_sdk.testing import FakeClock, FakePlane
from tests.support.waiting import until
from tests.unit.sdk.sdk_waiting import settled

PATIENCE_SECONDS = 30.0


async def test_a_kill_cancels_every_step_of_the_run_and_no_other_task(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    under_way: list[str] = []
    broken: list[str] = []

    async def work(name: str) -> None:
        try:
            async with run.step(name):
                under_way.append(name)
                await asyncio.Event().wait()
        except RunKilled:
            broken.append(name)

    async with (
        async_client.run(goal="other", agent=plane.agent_id) as other,
        other.step("spared"),
        async_client.run(goal="g", agent=plane.agent_id) as run,
    ):
        tasks = [asyncio.create_task(work(name)) for name in ("a", "b")]
        await until(lambda: len(under_way) == 2)
        plane.kill(run.run_id, "at once")
        await asyncio.gather(*tasks)
        assert run.should_stop
        assert run.state is GateState.KILLED
    assert sorted(broken) == ["a", "b"]
    killed = plane.runs[run.run_id]
    assert {step.status for step in killed.steps} == {"CANCELLED"}
    assert {step.outcome_code for step in killed.steps} == {"RunKilled"}
    assert killed.obeyed == [killed.epoch]
    assert plane.runs[other.run_id].status is RunStatus.SUCCEEDED


async def test_a_kill_leaves_no_cancellation_behind(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    """Whoever catches RunKilled goes on like after any other exception."""
    run = async_client.run(goal="g", agent=plane.agent_id)
    with pytest.raises(RunKilled):
        async with run, run.step("long"):
            plane.kill(run.run_id)
            await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_cancellation_from_outside_is_not_taken_for_a_kill(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    started = asyncio.Event()

    async def agent() -> None:
        async with (
            async_client.run(goal="g", agent=plane.agent_id) as run,
            run.step("long"),
        ):
            started.set()
            plane.kill(run.run_id)
            await asyncio.Event().wait()

    task = asyncio.create_task(agent())
    await started.wait()
    task.cancel()
    with pytest.raises((asyncio.CancelledError, RunKilled)):
        await task
    assert plane.last_run.state is GateState.KILLED


async def test_a_body_that_ends_before_it_is_cancelled_is_told_all_the_same(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    run = async_client.run(goal="g", agent=plane.agent_id)
    with pytest.raises(RunKilled):
        async with run, run.step("short"):
            plane.kill(run.run_id)
            await until(lambda: run.should_stop)


def test_synchronous_code_sees_a_kill_at_its_next_call(plane: FakePlane, client: AOSClient) -> None:
    told = threading.Event()
    with (
        pytest.raises(RunKilled),
        client.run(goal="g", agent=plane.agent_id, on_directive=lambda _: told.set()) as run,
        run.step("long") as step,
    ):
        plane.kill(run.run_id)
        assert told.wait(PATIENCE_SECONDS)
        assert run.should_stop
        step.set_output("what was done by then")
    assert plane.last_run.steps[0].late
    assert plane.last_run.obeyed == [plane.last_run.epoch]
    assert plane.last_run.status is RunStatus.FAILED_POLICY


def test_a_stop_lets_the_step_end_and_refuses_the_next(plane: FakePlane, client: AOSClient) -> None:
    told = threading.Event()
    with (
        pytest.raises(RunStopped, match="a person stopped it"),
        client.run(goal="g", agent=plane.agent_id, on_directive=lambda _: told.set()) as run,
    ):
        with run.step("first"):
            plane.stop(run.run_id)
            assert told.wait(PATIENCE_SECONDS)
        assert plane.last_run.steps[0].status == "SUCCEEDED"
        run.step("second").__enter__()
    assert [question.name for question in plane.last_run.questions] == ["first"]


def test_leaving_the_block_after_a_stop_raises_nothing_of_its_own(
    plane: FakePlane, client: AOSClient
) -> None:
    told = threading.Event()
    with client.run(goal="g", agent=plane.agent_id, on_directive=lambda _: told.set()) as run:
        plane.stop(run.run_id)
        assert told.wait(PATIENCE_SECONDS)
    assert plane.last_run.status is RunStatus.FAILED_POLICY


def test_a_paused_run_waits_before_its_next_step(plane: FakePlane, client: AOSClient) -> None:
    told: list[Directive] = []
    with client.run(goal="g", agent=plane.agent_id, on_directive=told.append) as run:
        plane.pause(run.run_id, "a look")
        with ThreadPoolExecutor(1) as pool:

            def take() -> list[GateState]:
                with run.step("s"):
                    return [directive.state for directive in told]

            taken = pool.submit(take)
            plane.resume(run.run_id)
            assert taken.result(PATIENCE_SECONDS) == [GateState.PAUSED, GateState.OPEN]
    assert [directive.reason for directive in told] == ["a look", ""]
    assert plane.last_run.status is RunStatus.SUCCEEDED


def test_a_step_that_a_policy_paused_is_taken_once_after_the_resume(
    plane: FakePlane, client: AOSClient, caplog: pytest.LogCaptureFixture
) -> None:
    plane.answer("s", Action.PAUSE, limit="pii", requires_ack=True)
    plane.answer("s", Action.CONTINUE)
    done = []
    with (
        caplog.at_level(logging.WARNING, "aos_sdk"),
        ThreadPoolExecutor(1) as pool,
        client.run(goal="g", agent=plane.agent_id) as run,
    ):

        def take() -> str:
            with run.step("s") as step:
                done.append(step.step_id)
            return step.step_id

        taken = pool.submit(take)
        wait_until_paused(plane)
        assert done == []
        plane.resume(run.run_id)
        step_id = taken.result(PATIENCE_SECONDS)
    assert done == [step_id]
    assert [question.step_id for question in plane.last_run.questions] == [step_id, step_id]
    assert "A person must acknowledge" in caplog.text


def wait_until_paused(plane: FakePlane) -> None:
    async def wait() -> None:
        await until(lambda: plane.last_run.state is GateState.PAUSED)

    asyncio.run(wait())


async def test_a_pause_may_take_too_long(plane: FakePlane, clock: FakeClock) -> None:
    plane.answer("s", Action.PAUSE, limit="pii", requires_ack=True)
    async with (
        plane.async_client(clock=clock) as client,
        client.run(goal="g", agent=plane.agent_id, pause_timeout=60) as run,
    ):
        entering = asyncio.create_task(run.step("s").__aenter__())
        await until(lambda: run.state is GateState.PAUSED)
        await settled()
        clock.advance(59)
        await settled()
        assert not entering.done()
        clock.advance(1)
        with pytest.raises(RunPaused, match="must acknowledge") as paused:
            await entering
        assert paused.value.requires_ack
        assert paused.value.decision is not None


def test_a_pause_lets_what_is_under_way_end_and_says_when_it_has(
    plane: FakePlane, client: AOSClient
) -> None:
    told = threading.Event()
    with client.run(goal="g", agent=plane.agent_id, on_directive=lambda _: told.set()) as run:
        with run.step("s"):
            plane.pause(run.run_id)
            epoch = plane.last_run.epoch
            assert told.wait(PATIENCE_SECONDS)
            assert plane.last_run.obeyed == []
        plane.resume(run.run_id)
    assert plane.last_run.obeyed == [epoch]


def test_a_listener_may_fail_and_may_not_call_back(
    plane: FakePlane, client: AOSClient, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Exception] = []
    told = threading.Event()

    def listen(directive: Directive) -> None:
        try:
            client.poll_run(directive.run_id)
        except ClientUnusable as error:
            seen.append(error)
        told.set()
        raise ZeroDivisionError

    with client.run(goal="g", agent=plane.agent_id, on_directive=listen) as run:
        plane.pause(run.run_id)
        assert told.wait(PATIENCE_SECONDS)
        plane.resume(run.run_id)
        with run.step("s"):
            pass
    assert "cannot wait for it" in str(seen[0])
    assert "on_directive" in caplog.text
