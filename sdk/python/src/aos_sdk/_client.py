"""The client, for programs without an event loop."""

from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from aos_sdk._async_client import AsyncAOSClient
from aos_sdk._background import Background
from aos_sdk._clock import Clock
from aos_sdk._run import Run
from aos_sdk._values import (
    Capabilities,
    Directive,
    Gate,
    Halt,
    PlanStep,
    RunState,
    Simulation,
)

ResultT = TypeVar("ResultT")


class _Twin(AsyncAOSClient):
    """The client behind a synchronous one: the bodies of its steps are not its tasks to cancel."""

    _interruptible = False


class AOSClient:
    """A client of one plane; it may be shared by all threads of a process.

    ```python
    with AOSClient(base_url="127.0.0.1:7460") as client:
        with client.run(goal="Summarise the minutes.", agent=agent_id) as run:
            with run.step("search", kind="tool_call") as step:
                step.set_output(search())
    ```

    Args:
        api_key: Key of the tenant; `AOS_API_KEY` when None.
        base_url: `host:port`, `grpc://host:port` or `grpcs://host:port`; `AOS_BASE_URL` when None,
            `127.0.0.1:7460` when that is not set either.
        timeout: Seconds that a call may take with all its repetitions, and that the beginning and
            the end of a run may wait for the plane.
        root_certificates: Certificates that vouch for the plane, in PEM; the usual ones when None.
        clock: Another clock, for tests.

    Raises:
        ConfigurationError: There is no key, or the address is none.
        NotAvailableYet: The address is one of HTTP, which comes with the gateway.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 15.0,
        root_certificates: bytes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._twin = _Twin(
            api_key,
            base_url,
            timeout=timeout,
            root_certificates=root_certificates,
            clock=clock,
        )
        self._background = Background.shared()

    def __repr__(self) -> str:
        return repr(self._twin).replace(type(self._twin).__name__, type(self).__name__)

    def __enter__(self) -> Self:
        """Use the client until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """End the session and the connection; runs that are still held fall silent."""
        self._wait(self._twin.close())

    def get_capabilities(self) -> Capabilities:
        """Say what the caller may use: skills, knowledge planes, policies.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.get_capabilities())

    def simulate(
        self, *, agent_id: str, goal: str, plan: Sequence[PlanStep] | None = None
    ) -> Simulation:
        """Say what would happen to a run, without beginning one.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.simulate(agent_id=agent_id, goal=goal, plan=plan))

    def post_goal(
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
        return self._wait(
            self._twin.post_goal(
                agent_id=agent_id,
                goal=goal,
                request_id=request_id,
                plan=plan,
                conversation=conversation,
            )
        )

    def poll_run(self, run_id: str, *, timeout: float | None = 0.0) -> RunState:
        """Return a run as soon as it is over, or as it is after `timeout` seconds.

        It is asked for less and less often, every two seconds in the end. With a `timeout` of 0 it
        is asked for once, with None for as long as it takes.

        Raises:
            NotFound: There is no such run.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.poll_run(run_id, timeout=timeout))

    def stop_run(self, run_id: str, *, reason: str) -> Halt:
        """End a run gracefully: what is under way may end.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.stop_run(run_id, reason=reason))

    def kill_run(self, run_id: str, *, reason: str) -> Halt:
        """End a run at once: what is under way is broken off; `get_halt` says when that is done.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.kill_run(run_id, reason=reason))

    def get_halt(self, run_id: str) -> Halt:
        """Say whether whoever executes a halted run knows of it.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.get_halt(run_id))

    def pause_run(self, run_id: str, *, reason: str) -> Gate:
        """Let a run wait before its next step.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.pause_run(run_id, reason=reason))

    def resume_run(self, run_id: str, *, reason: str = "") -> Gate:
        """Let a paused run go on where it stopped.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        return self._wait(self._twin.resume_run(run_id, reason=reason))

    def cancel_run(self, run_id: str, *, reason: str) -> None:
        """Give a run up: no further step, status cancelled.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        self._wait(self._twin.cancel_run(run_id, reason=reason))

    def access(self, *, plane: str, action: str, payload: Any = None) -> NoReturn:
        """Reach customer data through a knowledge plane; not possible yet.

        Raises:
            NotAvailableYet: Always, until AOS has integrations.
        """
        self._wait(self._twin.access(plane=plane, action=action, payload=payload))

    def run(
        self,
        *,
        goal: str,
        agent: str,
        request_id: str | None = None,
        conversation: str = "",
        synthetic_scenario_id: str = "",
        on_directive: Callable[[Directive], object] | None = None,
        pause_timeout: float | None = None,
    ) -> Run:
        """A run that this program executes; it is created when its block is entered.

        Args:
            goal: What it is to reach.
            agent: Agent that runs, `agt_…`.
            request_id: A UUID; the same one again finds the run that was made with it.
            conversation: What several runs belong to.
            synthetic_scenario_id: Scenario that makes the run; empty for a real one.
            on_directive: Called when somebody else pauses, resumes or ends the run, in the
                client's own thread: it must not block, and not call the client.
            pause_timeout: How long a step waits while the run is paused; for ever when None.

        Raises:
            Invalid: The goal is empty or too long, or an identifier is none.
        """
        twin = self._twin.run(
            goal=goal,
            agent=agent,
            request_id=request_id,
            conversation=conversation,
            synthetic_scenario_id=synthetic_scenario_id,
            on_directive=on_directive,
            pause_timeout=pause_timeout,
        )
        return Run(twin=twin, background=self._background)

    def _wait(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._background.run(work)
