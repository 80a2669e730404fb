"""A session goes on where it was: streams are lost, runs and messages are not."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from aos.orchestrator.v1 import session_service_pb2
from aos_sdk import (
    AOSClient,
    AsyncAOSClient,
    ClientUnusable,
    Invalid,
    PlaneUnreachable,
    RunKilled,
    RunStatus,
    Unauthenticated,
)
from aos_sdk._contract import run_service_pb2
from aos_sdk._letters import Post, SessionRequest
from aos_sdk.testing import FakePlane
from tests.support.waiting import until
from tests.unit.sdk.sdk_waiting import has_asked

PATIENCE_SECONDS = 30.0


def kinds(plane: FakePlane) -> Counter[str]:
    return Counter(str(message.WhichOneof("message")) for message in plane.received)


def test_a_session_keeps_its_identifier_and_takes_its_runs_up_again(
    plane: FakePlane, client: AOSClient
) -> None:
    with (
        client.run(goal="one", agent=plane.agent_id) as one,
        client.run(goal="two", agent=plane.agent_id) as two,
    ):
        plane.drop_connections()
        with one.step("s"), two.step("s"):
            pass
    assert len(plane.sessions_opened) == 2
    assert len(set(plane.sessions_opened)) == 1
    attached = {message.attach.run_id for message in plane.received if message.HasField("attach")}
    assert attached == {one.run_id, two.run_id}


def test_numbers_grow_over_the_whole_life_of_a_session(plane: FakePlane, client: AOSClient) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run:
        for _ in range(3):
            with run.step("s"):
                plane.drop_connections()
    numbers = [message.sequence for message in plane.received]
    assert numbers == sorted(set(numbers))


async def ask_into_silence_and_lose_the_stream(
    plane: FakePlane, client: AsyncAOSClient
) -> "asyncio.Task[None]":
    run = client.run(goal="g", agent=plane.agent_id)

    async def agent() -> None:
        async with run:
            plane.fall_silent()
            async with run.step("asked once", step_id="s1"):
                pass

    task = asyncio.create_task(agent())
    await until(lambda: has_asked(client, "step"))
    plane.drop_connections()
    plane.speak_again()
    return task


async def test_a_question_that_was_not_answered_is_asked_again(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    await (await ask_into_silence_and_lose_the_stream(plane, async_client))
    assert [step.step_id for step in plane.last_run.steps] == ["s1"]
    assert plane.last_run.status is RunStatus.SUCCEEDED


async def test_mutant_without_repetition_the_question_is_lost(
    plane: FakePlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = Post.stream_lost

    def forget_all(self: Post) -> None:
        forget(self)
        self._unsent = []

    monkeypatch.setattr(Post, "stream_lost", forget_all)
    async with plane.async_client(timeout=1.0) as client:
        with pytest.raises(PlaneUnreachable, match="in time"):
            await (await ask_into_silence_and_lose_the_stream(plane, client))
    assert plane.last_run.steps == []


def test_a_result_that_was_said_twice_is_recorded_once(plane: FakePlane, client: AOSClient) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run:
        for _ in range(5):
            with run.step("s"):
                plane.restart()
    assert [step.index for step in plane.last_run.steps] == [0, 1, 2, 3, 4]
    assert plane.last_run.status is RunStatus.SUCCEEDED


def test_a_run_is_created_once_though_the_plane_is_away_at_first(
    plane: FakePlane, client: AOSClient
) -> None:
    plane.go_away()
    with ThreadPoolExecutor(1) as pool:

        def work() -> None:
            with client.run(goal="g", agent=plane.agent_id) as run, run.step("s"):
                pass

        done = pool.submit(work)
        plane.come_back()
        done.result(PATIENCE_SECONDS)
    assert len(plane.runs) == 1
    assert plane.last_run.status is RunStatus.SUCCEEDED


def test_whoever_waits_for_a_plane_that_stays_away_is_told_what_to_do(plane: FakePlane) -> None:
    plane.go_away()
    with plane.client(timeout=0.3) as client:
        with pytest.raises(PlaneUnreachable, match="base_url") as away:
            client.run(goal="g", agent=plane.agent_id).__enter__()
        assert away.value.retryable
        with pytest.raises(PlaneUnreachable, match="UNAVAILABLE"):
            client.get_capabilities()


async def test_a_run_that_nobody_waited_for_is_given_up(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    async with async_client.run(goal="first", agent=plane.agent_id):
        plane.fall_silent()
        entering = asyncio.create_task(
            async_client.run(goal="second", agent=plane.agent_id).__aenter__()
        )
        await until(lambda: has_asked(async_client, "create"))
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        plane.speak_again()
        await until(lambda: len(plane.runs) == 2 and plane.last_run.status.is_over)
    assert plane.last_run.status is RunStatus.CANCELLED


async def test_a_kill_while_the_session_was_cut_off_is_learned_on_return(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    run = async_client.run(goal="g", agent=plane.agent_id)
    with pytest.raises(RunKilled):
        async with run, run.step("long"):
            plane.go_away()
            plane.kill(run.run_id, "while it was away")
            plane.come_back()
            await asyncio.Event().wait()
    assert plane.last_run.obeyed == [plane.last_run.epoch]


def test_a_revoked_token_is_replaced_on_calls_and_on_the_session(
    plane: FakePlane, client: AOSClient
) -> None:
    client.get_capabilities()
    assert plane.keys_exchanged == 1
    plane.revoke_tokens()
    client.get_capabilities()
    assert plane.keys_exchanged == 2
    with client.run(goal="g", agent=plane.agent_id) as run:
        plane.revoke_tokens()
        plane.drop_connections()
        with run.step("s"):
            pass
    assert plane.last_run.status is RunStatus.SUCCEEDED
    assert plane.keys_exchanged == 3


def test_a_key_that_is_no_good_any_more_ends_the_session_with_that_reason(
    plane: FakePlane, client: AOSClient
) -> None:
    with (
        pytest.raises(Unauthenticated, match="not revoked"),
        client.run(goal="g", agent=plane.agent_id) as run,
    ):
        plane._world.api_key = "another"
        plane.revoke_tokens()
        plane.drop_connections()
        run.flush()
        while not run.should_stop:
            threading.Event().wait(0.01)
        client.get_capabilities()


async def test_a_message_that_breaks_the_contract_harms_no_other_run(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    """Checks keep such a message from leaving; should one slip through, only it is refused."""
    async with async_client.run(goal="g", agent=plane.agent_id) as run:
        create = run_service_pb2.CreateRunRequest(request_id="no uuid")
        letter = async_client._open_session().say(SessionRequest(create=create))
        with pytest.raises(Invalid):
            await letter.answer
        async with run.step("s"):
            pass
    assert plane.last_run.status is RunStatus.SUCCEEDED
    # It is the one message of this suite that may be malformed.
    plane.received[:] = [said for said in plane.received if said.create.request_id != "no uuid"]


def test_heartbeats_keep_coming_and_name_no_run_twice(plane: FakePlane, client: AOSClient) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run:

        async def beaten() -> None:
            await until(lambda: plane.last_run.heartbeats >= 3)

        asyncio.run(beaten())
        with run.step("s"):
            pass
    assert kinds(plane)["heartbeat"] >= 3


def test_one_stream_carries_all_runs_of_a_client(plane: FakePlane, client: AOSClient) -> None:
    def work(number: int) -> None:
        with client.run(goal=str(number), agent=plane.agent_id) as run, run.step("s"):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert len(plane.runs) == 24
    assert {run.status for run in plane.runs.values()} == {RunStatus.SUCCEEDED}
    assert len(plane.sessions_opened) == 1


def test_a_client_that_is_closed_says_so(plane: FakePlane) -> None:
    client = plane.client()
    client.close()
    with pytest.raises(ClientUnusable, match="make another one"):
        client.get_capabilities()
    with pytest.raises(ClientUnusable):
        client.run(goal="g", agent=plane.agent_id).__enter__()


def test_a_client_belongs_to_the_loop_that_used_it_first(plane: FakePlane) -> None:
    client = plane.async_client()

    async def use() -> None:
        await client.get_capabilities()

    async def use_and_close() -> None:
        with pytest.raises(ClientUnusable, match="another event loop"):
            await client.get_capabilities()
        await client.close()

    with asyncio.Runner() as first:
        first.run(use())
        asyncio.run(use_and_close())


def test_what_the_plane_hears_can_be_read_with_the_generated_classes(
    plane: FakePlane, client: AOSClient
) -> None:
    with client.run(goal="g", agent=plane.agent_id):
        pass
    hello = session_service_pb2.SessionRequest.FromString(plane.received[0].SerializeToString())
    assert hello.hello.client.startswith("aos-sdk-python/")
