"""Runs and steps for programs without an event loop: the same ones, waited for."""

from types import TracebackType
from typing import Any, Self

from aos_sdk._async_run import AsyncRun
from aos_sdk._async_step import AsyncStep
from aos_sdk._background import Background
from aos_sdk._enums import GateState, OnUnreachable, StepKind
from aos_sdk._values import Decision, Finding


class Step:
    """One step of a run; made by `Run.step`, used with `with`.

    Entering asks the plane and raises when the step may not happen. Leaving reports what it came
    to and returns when that is on disk. An exception in the body records the step as failed, with
    the name of the exception's type and nothing of its text, and goes on its way.
    """

    def __init__(self, *, twin: AsyncStep, background: Background) -> None:
        self._twin = twin
        self._background = background
        self.set_params = twin.set_params
        self.set_output = twin.set_output
        self.set_usage = twin.set_usage
        self.set_outcome = twin.set_outcome

    @property
    def step_id(self) -> str:
        """Its name within the run, the same however often it has to be asked for."""
        return self._twin.step_id

    @property
    def decision(self) -> Decision | None:
        """What was decided; None before, and where it went on because nobody could be asked."""
        return self._twin.decision

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Limits and rules that are near or passed, though the step may happen."""
        return self._twin.warnings

    def __enter__(self) -> Self:
        """Ask, and wait for the answer.

        Raises:
            StepRefused: It does not happen.
            RequestRefused: The question itself was refused.
            PlaneUnreachable: Nobody could be asked, and the run must not go on then.
        """
        self._background.run(self._twin.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Report what it came to.

        Raises:
            RunKilled: The run was killed meanwhile.
            PlaneUnreachable: The result is not on disk yet, and the run must not go on then.
        """
        self._background.run(self._twin.__aexit__(kind, error, traceback))


class Run:
    """A run that this program executes; made by `AOSClient.run`, used with `with`.

    ```python
    with client.run(goal="Summarise the minutes.", agent=agent_id) as run:
        with run.step("search", kind="tool_call") as step:
            step.set_output(search())
    ```

    Leaving the block completes the run: succeeded; failed after an exception, which goes on its
    way; cancelled after `KeyboardInterrupt`. What a policy or a person has ended stays ended, and
    leaving adds no other exception to that. Steps may be taken by several threads at once.
    """

    def __init__(self, *, twin: AsyncRun, background: Background) -> None:
        self._twin = twin
        self._background = background

    @property
    def run_id(self) -> str:
        """Identifier of the run."""
        return self._twin.run_id

    @property
    def state(self) -> GateState:
        """Whether the run may take another step, as far as this program has heard."""
        return self._twin.state

    @property
    def start_decision(self) -> Decision | None:
        """What the policies that bind at the start decided."""
        return self._twin.start_decision

    @property
    def on_unreachable(self) -> OnUnreachable:
        """What the run does while the plane is out of reach."""
        return self._twin.on_unreachable

    @property
    def should_stop(self) -> bool:
        """Whether the body had better end now; to be looked at in long steps."""
        return self._twin.should_stop

    @property
    def unsent_results(self) -> int:
        """Results that are not on disk yet."""
        return self._twin.unsent_results

    def check(self) -> None:
        """Raise what `should_stop` is about, if anything.

        Raises:
            StepRefused: The run is stopped, killed or over.
            PlaneUnreachable: The plane has been silent for longer than the permit lasts.
        """
        self._background.refuse_if_forked()
        self._twin.check()

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
    ) -> Step:
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
            params: What it is given, any JSON value.
            pause_timeout: How long to wait while the run is paused; as the run says when None.

        Raises:
            Invalid: There is no such kind, or `params` is no JSON value.
        """
        twin = self._twin.step(
            name,
            kind=kind,
            estimated_input_tokens=estimated_input_tokens,
            estimated_output_tokens=estimated_output_tokens,
            estimated_cost_micro_usd=estimated_cost_micro_usd,
            content=content,
            plane_id=plane_id,
            step_id=step_id,
            params=params,
            pause_timeout=pause_timeout,
        )
        return Step(twin=twin, background=self._background)

    def flush(self, *, timeout: float | None = None) -> None:
        """Wait until every result is on disk; needed only where a run goes on unasked.

        Raises:
            PlaneUnreachable: Some are not after `timeout` seconds.
        """
        self._background.run(self._twin.flush(timeout=timeout))

    def __enter__(self) -> Self:
        """Create the run.

        Raises:
            RequestRefused: The plane does not accept it.
            StepRefused: A policy that binds at the start stopped it.
            PlaneUnreachable: Nobody answered in time.
        """
        self._background.run(self._twin.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Bring what is left of the results to the plane, and complete the run.

        Raises:
            PlaneUnreachable: The plane has not confirmed the completion in time.
        """
        self._background.run(self._twin.__aexit__(kind, error, traceback))
