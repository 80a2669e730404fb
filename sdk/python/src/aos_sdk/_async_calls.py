"""The calls that need no session: look, simulate, create managed runs, change runs from outside."""

from collections.abc import Sequence
from math import inf
from typing import TypeVar

from google.protobuf.message import Message

from aos_sdk import _decode
from aos_sdk._clock import Clock
from aos_sdk._connection import Connection
from aos_sdk._contract import RUN_SERVICE, run_pb2, run_service_pb2
from aos_sdk._plans import as_plan, as_request_id
from aos_sdk._values import Capabilities, Gate, Halt, PlanStep, RunState, Simulation

ResponseT = TypeVar("ResponseT", bound=Message)
_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 0.1, 2.0


class AsyncCalls:
    """Calls of `AsyncAOSClient`."""

    _clock: Clock

    def _connect(self) -> Connection:
        raise NotImplementedError

    async def _call(self, method: str, request: Message, response: type[ResponseT]) -> ResponseT:
        return await self._connect().call(f"{RUN_SERVICE}/{method}", request, response)

    async def get_capabilities(self) -> Capabilities:
        """Say what the caller may use: skills, knowledge planes, policies.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.GetCapabilitiesRequest()
        response = run_service_pb2.GetCapabilitiesResponse
        return _decode.capabilities(await self._call("GetCapabilities", request, response))

    async def simulate(
        self, *, agent_id: str, goal: str, plan: Sequence[PlanStep] | None = None
    ) -> Simulation:
        """Say what would happen to a run, without beginning one.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.SimulateRequest(agent_id=agent_id, goal=goal, plan=as_plan(plan))
        response = await self._call("Simulate", request, run_service_pb2.SimulateResponse)
        return _decode.simulation(response)

    async def post_goal(
        self,
        *,
        agent_id: str,
        goal: str,
        request_id: str | None = None,
        plan: Sequence[PlanStep] | None = None,
        conversation: str = "",
    ) -> RunState:
        """Create a managed run, which AOS executes itself.

        Args:
            agent_id: Agent that runs.
            goal: What it is to reach.
            request_id: A UUID; the same one again finds the run that was made with it.
            plan: What it is to do; without one a planner makes it from the goal.
            conversation: What several runs belong to.

        Raises:
            RequestRefused: The plane does not accept it.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.CreateRunRequest(
            request_id=as_request_id(request_id),
            agent_id=agent_id,
            goal=goal,
            mode=run_pb2.RUN_MODE_MANAGED,
            session_id=conversation,
            plan=as_plan(plan),
        )
        response = await self._call("CreateRun", request, run_service_pb2.CreateRunResponse)
        return _decode.run_state(response.run)

    async def poll_run(self, run_id: str, *, timeout: float | None = 0.0) -> RunState:
        """Return a run as soon as it is over, or as it is after `timeout` seconds.

        It is asked for less and less often, every two seconds in the end. With a `timeout` of 0 it
        is asked for once, with None for as long as it takes.

        Raises:
            NotFound: There is no such run.
            PlaneUnreachable: Nobody answered in time.
        """
        give_up = None if timeout is None else self._clock.monotonic() + timeout
        wait = _FIRST_LOOK_SECONDS
        while True:
            request = run_service_pb2.GetRunRequest(run_id=run_id)
            response = await self._call("GetRun", request, run_service_pb2.GetRunResponse)
            state = _decode.run_state(response.run)
            now = self._clock.monotonic()
            if state.is_over or (give_up is not None and now >= give_up):
                return state
            await self._clock.sleep_until(min(now + wait, give_up or inf))
            wait = min(_LAST_LOOK_SECONDS, wait * 1.5)

    async def stop_run(self, run_id: str, *, reason: str) -> Halt:
        """End a run gracefully: what is under way may end.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.StopRunRequest(
            request_id=as_request_id(None), run_id=run_id, reason=reason
        )
        response = await self._call("StopRun", request, run_service_pb2.StopRunResponse)
        return _decode.halt(response.halt)

    async def kill_run(self, run_id: str, *, reason: str) -> Halt:
        """End a run at once: what is under way is broken off; `get_halt` says when that is done.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.KillRunRequest(
            request_id=as_request_id(None), run_id=run_id, reason=reason
        )
        response = await self._call("KillRun", request, run_service_pb2.KillRunResponse)
        return _decode.halt(response.halt)

    async def get_halt(self, run_id: str) -> Halt:
        """Say whether whoever executes a halted run knows of it.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.GetHaltRequest(run_id=run_id)
        response = await self._call("GetHalt", request, run_service_pb2.GetHaltResponse)
        return _decode.halt(response.halt)

    async def pause_run(self, run_id: str, *, reason: str) -> Gate:
        """Let a run wait before its next step.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.PauseRunRequest(
            request_id=as_request_id(None), run_id=run_id, reason=reason
        )
        response = await self._call("PauseRun", request, run_service_pb2.PauseRunResponse)
        return _decode.gate(response.gate)

    async def resume_run(self, run_id: str, *, reason: str = "") -> Gate:
        """Let a paused run go on where it stopped.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.ResumeRunRequest(
            request_id=as_request_id(None), run_id=run_id, reason=reason
        )
        response = await self._call("ResumeRun", request, run_service_pb2.ResumeRunResponse)
        return _decode.gate(response.gate)

    async def cancel_run(self, run_id: str, *, reason: str) -> None:
        """Give a run up: no further step, status cancelled.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        request = run_service_pb2.CancelRunRequest(
            request_id=as_request_id(None), run_id=run_id, reason=reason
        )
        await self._call("CancelRun", request, run_service_pb2.CancelRunResponse)
