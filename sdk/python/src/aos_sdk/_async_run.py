"""An external run: held on the client's session from its creation to its completion."""

import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aos_sdk._async_step import AsyncStep
from aos_sdk._checks import invalid
from aos_sdk._contract import run_service_pb2
from aos_sdk._enums import GateState, OnUnreachable, StepKind
from aos_sdk._errors import ClientUnusable, PlaneUnreachable
from aos_sdk._notes import Plans
from aos_sdk._run_life import RunLife
from aos_sdk._session import Session
from aos_sdk._values import Decision, Directive


class AsyncRun:
    """A run that this program executes; made by `AsyncAOSClient.run`, used with `async with`.

    ```python
    async with client.run(goal="Summarise the minutes.", agent=agent_id) as run:
        async with run.step("search", kind="tool_call") as step:
            step.set_output(await search())
    ```

    Leaving the block completes the run: succeeded; failed after an exception, which goes on its
    way; cancelled after a cancellation or `KeyboardInterrupt`. What a policy or a person has ended
    stays ended, and leaving adds no other exception to that.
    """

    def __init__(
        self,
        *,
        open_session: Callable[[], Session],
        request: run_service_pb2.CreateRunRequest,
        on_directive: Callable[[Directive], object] | None,
        pause_timeout: float | None,
        interruptible: bool = True,
    ) -> None:
        self._open_session = open_session
        self._request = request
        self._on_directive = on_directive
        self._pause_timeout = pause_timeout
        self._interruptible = interruptible
        self._life_of: RunLife | None = None

    @property
    def run_id(self) -> str:
        """Identifier of the run."""
        return self._life.held.run_id

    @property
    def state(self) -> GateState:
        """Whether the run may take another step, as far as this program has heard."""
        return self._life.held.state

    @property
    def start_decision(self) -> Decision | None:
        """What the policies that bind at the start decided."""
        return self._life.held.start_decision

    @property
    def on_unreachable(self) -> OnUnreachable:
        """What the run does while the plane is out of reach."""
        return self._life.held.on_unreachable

    @property
    def should_stop(self) -> bool:
        """Whether the body had better end now: halted, or nobody vouches for it any more."""
        return self._life.held.is_halted or self._life.held.is_cut_off

    @property
    def unsent_results(self) -> int:
        """Results that are not on disk yet."""
        return len(self._life.results)

    def check(self) -> None:
        """Raise what `should_stop` is about, if anything.

        Raises:
            StepRefused: The run is stopped, killed or over.
            PlaneUnreachable: The plane has been silent for longer than the permit lasts.
        """
        self._life.held.refuse_if_halted()
        if self._life.held.is_cut_off:
            raise PlaneUnreachable(f"The permit of run {self.run_id} has run out.")

    def step(
        self,
        name: str,
        *,
        kind: StepKind | str = StepKind.OTHER,
        estimated_input_tokens: int = 0,
        estimated_output_tokens: int = 0,
        estimated_cost_micro_usd: int = 0,
        content: str = "",
        plane_id: str = "",
        step_id: str | None = None,
        params: Any = None,
        pause_timeout: float | None = None,
    ) -> AsyncStep:
        """A step of the run; it is asked for when its block is entered.

        Args:
            name: Skill, tool or model operation.
            kind: What it is.
            estimated_input_tokens: Tokens that will probably go in.
            estimated_output_tokens: Tokens that may at most come out.
            estimated_cost_micro_usd: What it may at most cost, in millionths of a US dollar.
            content: Text that it would send, for content rules; nothing of it is kept.
            plane_id: Knowledge plane that it would use.
            step_id: Its name within the run; give the same to ask for the same step again after
                `PlaneUnreachable`.
            params: What it is given, as `Notes.set_params` takes it.
            pause_timeout: How long to wait while the run is paused; as the run says when None.

        Raises:
            Invalid: There is no such kind, or `params` is no JSON value.
        """
        plans = Plans(
            name=name,
            kind=_kind(kind),
            estimated_input_tokens=estimated_input_tokens,
            estimated_output_tokens=estimated_output_tokens,
            estimated_cost_micro_usd=estimated_cost_micro_usd,
            content=content,
            plane_id=plane_id,
            step_id=step_id or uuid.uuid4().hex,
        )
        step = AsyncStep(
            life=self._life,
            plans=plans,
            pause_timeout=self._pause_timeout if pause_timeout is None else pause_timeout,
            interruptible=self._interruptible,
        )
        if params is not None:
            step.set_params(params)
        return step

    async def flush(self, *, timeout: float | None = None) -> None:
        """Wait until every result is on disk; needed only where a run goes on unasked.

        Raises:
            PlaneUnreachable: Some are not after `timeout` seconds.
        """
        await self._life.results.flush(
            timeout=self._life.session.timeout if timeout is None else timeout
        )

    async def __aenter__(self) -> Self:
        """Create the run.

        Raises:
            RequestRefused: The plane does not accept it.
            StepRefused: A policy that binds at the start stopped it.
            PlaneUnreachable: Nobody answered in time.
        """
        life = RunLife(session=self._open_session(), on_directive=self._on_directive)
        await life.begin(self._request)
        self._life_of = life
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Bring what is left of the results to the plane, and complete the run.

        Raises:
            PlaneUnreachable: The plane has not confirmed the completion in time.
        """
        await self._life.end(error)

    @property
    def _life(self) -> RunLife:
        if self._life_of is None:
            raise ClientUnusable("A run begins with its block: `with client.run(...) as run:`.")
        return self._life_of


def _kind(kind: StepKind | str) -> StepKind:
    try:
        return StepKind(kind)
    except ValueError:
        raise invalid("kind", f"must be one of {', '.join(StepKind)}") from None
