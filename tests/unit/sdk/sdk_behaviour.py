"""How runs of the SDK behave, on whatever plane the fixture `plane` gives.

Subclass `SdkBehaviour` where there is a plane, and give that class or its folder the fixture.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import pytest
import pytest_asyncio

from aos_sdk import (
    AOSClient,
    AsyncAOSClient,
    GateState,
    Invalid,
    NotFound,
    RunKilled,
    RunMode,
    RunStatus,
    RunStopped,
    Unauthenticated,
)
from tests.support.waiting import until

NO_RUN = "run_00000000000000000000000000"
PATIENCE_SECONDS = 30.0


class PlaneUnderTest(Protocol):
    """What the suite needs of a plane, beside what any client can do."""

    base_url: str
    api_key: str
    agent_id: str

    def answer(self, name: str, action: str, /) -> None:
        """Let a policy decide like this about steps of that name."""

    def restart(self) -> None:
        """Stop the process that clients talk to, and start it again at the same address."""


class SdkBehaviour:
    """What holds on every plane."""

    @pytest.fixture
    def client(self, plane: PlaneUnderTest) -> Iterator[AOSClient]:
        with AOSClient(plane.api_key, plane.base_url) as made:
            yield made

    @pytest_asyncio.fixture(loop_scope="session")
    async def async_client(self, plane: PlaneUnderTest) -> AsyncIterator[AsyncAOSClient]:
        async with AsyncAOSClient(plane.api_key, plane.base_url) as made:
            yield made

    def test_a_run_is_recorded_step_by_step_and_succeeds(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        with client.run(goal="Summarise the minutes.", agent=plane.agent_id) as run:
            with run.step("search", kind="tool_call", params={"query": "minutes"}) as step:
                step.set_output(["minutes of Monday"])
            with run.step("write", kind="model_call", estimated_cost_micro_usd=900) as step:
                step.set_usage(input_tokens=10, output_tokens=20, cost_micro_usd=800)
            state = client.poll_run(run.run_id)
            assert (state.status, state.step_count) == (RunStatus.RUNNING, 2)
            assert state.mode is RunMode.EXTERNAL
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.status is RunStatus.SUCCEEDED
        assert (state.input_tokens, state.output_tokens, state.cost_micro_usd) == (10, 20, 800)

    def test_an_exception_fails_the_run_and_goes_on_its_way(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        with (
            pytest.raises(KeyError),
            client.run(goal="g", agent=plane.agent_id) as run,
            run.step("look", kind="tool_call"),
        ):
            raise KeyError("nothing")
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert (state.status, state.step_count) == (RunStatus.FAILED, 1)

    def test_a_policy_stops_a_run_before_anything_of_the_step_happens(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        plane.answer("forbidden", "stop")
        done = []
        with (
            pytest.raises(RunStopped) as stopped,
            client.run(goal="g", agent=plane.agent_id) as run,
        ):
            with run.step("allowed"):
                done.append("allowed")
            with run.step("forbidden"):
                done.append("forbidden")
        assert done == ["allowed"]
        assert stopped.value.decision is not None
        assert stopped.value.decision.winner is not None
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.status is RunStatus.FAILED_POLICY

    def test_a_stopped_run_ends_at_its_next_step(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        finished = []
        with pytest.raises(RunStopped), client.run(goal="g", agent=plane.agent_id) as run:
            with run.step("first"):
                halt = client.stop_run(run.run_id, reason="enough")
                assert halt.gate.state is GateState.STOPPED
                finished.append("first")
            with run.step("second"):
                finished.append("second")
        assert finished == ["first"]

    async def test_a_killed_run_is_broken_off_in_the_middle_of_a_step(
        self, plane: PlaneUnderTest, async_client: AsyncAOSClient
    ) -> None:
        run = async_client.run(goal="g", agent=plane.agent_id)
        with pytest.raises(RunKilled):
            async with run, run.step("long"):
                halt = await async_client.kill_run(run.run_id, reason="at once")
                assert halt.gate.state is GateState.KILLED
                await asyncio.Event().wait()
        await until(lambda: self.is_confirmed(async_client, run.run_id))
        state = await async_client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.is_over

    async def is_confirmed(self, client: AsyncAOSClient, run_id: str) -> bool:
        return (await client.get_halt(run_id)).confirmed

    def test_a_paused_run_goes_on_where_it_was_when_it_is_resumed(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        paused, resumed = threading.Event(), threading.Event()

        def note(directive: object) -> None:
            (resumed if paused.is_set() else paused).set()

        with client.run(goal="g", agent=plane.agent_id, on_directive=note) as run:
            client.pause_run(run.run_id, reason="a look")
            assert paused.wait(PATIENCE_SECONDS)
            taken = threading.Thread(target=take_step, args=(run,))
            taken.start()
            client.resume_run(run.run_id)
            taken.join(PATIENCE_SECONDS)
            assert resumed.is_set()
            assert client.poll_run(run.run_id).step_count == 1

    def test_a_run_goes_on_when_the_plane_is_restarted_under_it(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        with client.run(goal="g", agent=plane.agent_id) as run:
            with run.step("before"):
                pass
            with run.step("during"):
                plane.restart()
            with run.step("after"):
                pass
            assert client.poll_run(run.run_id).step_count == 3
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.status is RunStatus.SUCCEEDED

    def test_two_runs_share_one_session_in_two_threads(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        states = []

        def work(name: str) -> None:
            with client.run(goal=name, agent=plane.agent_id) as run:
                for _ in range(5):
                    take_step(run)
            states.append(client.poll_run(run.run_id, timeout=PATIENCE_SECONDS))

        threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        assert {state.goal for state in states} == {"one", "two"}
        assert [state.step_count for state in states] == [5, 5]

    def test_a_cancelled_run_is_over_for_whoever_executes_it(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        told = threading.Event()
        with client.run(goal="g", agent=plane.agent_id, on_directive=lambda _: told.set()) as run:
            client.cancel_run(run.run_id, reason="not wanted any more")
            assert told.wait(PATIENCE_SECONDS)
            assert run.should_stop
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.status is RunStatus.CANCELLED

    def test_what_is_wrong_comes_as_an_exception_with_its_reason(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        with pytest.raises(NotFound) as missing:
            client.poll_run(NO_RUN)
        assert missing.value.reason.endswith("NOT_FOUND")
        with pytest.raises(Invalid):
            client.post_goal(agent_id="agt_none", goal="g")
        with (
            pytest.raises(Unauthenticated),
            AOSClient("aos_no_such_key", plane.base_url) as stranger,
        ):
            stranger.get_capabilities()

    def test_capabilities_and_simulations_begin_nothing(
        self, plane: PlaneUnderTest, client: AOSClient
    ) -> None:
        assert client.get_capabilities().accepts_runs
        simulation = client.simulate(agent_id=plane.agent_id, goal="g")
        assert simulation.refusal == ""
        assert simulation.start_decision is not None


def take_step(run: object) -> None:
    with run.step("one of many"):  # type: ignore[attr-defined]
        pass
