"""The client, for programs that have an event loop."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, Self

from aos_sdk._async_calls import AsyncCalls
from aos_sdk._async_run import AsyncRun
from aos_sdk._clock import Clock
from aos_sdk._connection import Connection
from aos_sdk._errors import ClientUnusable, NotAvailableYet
from aos_sdk._plans import as_external_run
from aos_sdk._session import Session
from aos_sdk._target import find_target
from aos_sdk._values import Directive


class AsyncAOSClient(AsyncCalls):
    """A client of one plane; it may be shared by all tasks of an event loop.

    ```python
    async with AsyncAOSClient(base_url="127.0.0.1:7460") as client:
        async with client.run(goal="Summarise the minutes.", agent=agent_id) as run:
            async with run.step("search", kind="tool_call") as step:
                step.set_output(await search())
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

    _interruptible = True

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 15.0,
        root_certificates: bytes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._target = find_target(
            api_key=api_key, base_url=base_url, root_certificates=root_certificates
        )
        self._clock = clock or Clock()
        self._timeout = timeout
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._target.address!r})"

    async def __aenter__(self) -> Self:
        """Use the client until the end of the block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.close()

    async def close(self) -> None:
        """End the session and the connection; runs that are still held fall silent."""
        self._closed = True
        session, self._session = self._session, None
        connection, self._connection = self._connection, None
        if session is not None:
            await session.close()
        if connection is not None:
            await connection.close()

    async def access(self, *, plane: str, action: str, payload: Any = None) -> NoReturn:  # noqa: ARG002
        """Reach customer data through a knowledge plane; not possible yet.

        Raises:
            NotAvailableYet: Always, until AOS has integrations.
        """
        raise NotAvailableYet(
            f"{action} on {plane} is not possible yet: access to customer data comes with the"
            " integrations of AOS. Until then reach it yourself, within a step of kind 'retrieval'."
        )

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
    ) -> AsyncRun:
        """A run that this program executes; it is created when its block is entered.

        Args:
            goal: What it is to reach.
            agent: Agent that runs, `agt_…`.
            request_id: A UUID; the same one again finds the run that was made with it.
            conversation: What several runs belong to.
            synthetic_scenario_id: Scenario that makes the run; empty for a real one.
            on_directive: Called when somebody else pauses, resumes or ends the run, in the event
                loop of the client: it must not block.
            pause_timeout: How long a step waits while the run is paused; for ever when None.

        Raises:
            Invalid: The goal is empty or too long, or an identifier is none.
        """
        return AsyncRun(
            open_session=self._open_session,
            request=as_external_run(
                goal=goal,
                agent=agent,
                request_id=request_id,
                conversation=conversation,
                scenario=synthetic_scenario_id,
            ),
            on_directive=on_directive,
            pause_timeout=pause_timeout,
            interruptible=self._interruptible,
        )

    def _connect(self) -> Connection:
        if self._closed:
            raise ClientUnusable("This client is closed: make another one.")
        if self._connection is None:
            self._connection = Connection(
                target=self._target, clock=self._clock, timeout=self._timeout
            )
        self._connection.check_loop()
        return self._connection

    def _open_session(self) -> Session:
        connection = self._connect()
        if self._session is None:
            self._session = Session(connection)
        return self._session
