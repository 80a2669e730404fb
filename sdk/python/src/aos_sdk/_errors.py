"""What can go wrong, and what to do about it.

AOSError
├── ConfigurationError      the client was given something it cannot work with
├── NotAvailableYet         AOS will have it, and says with what
├── ClientUnusable          the client is closed, was forked, or belongs to another event loop
├── PlaneUnreachable        nobody answered in time
├── RequestRefused          the plane answered, and the answer is no
│   ├── Invalid             the request can never succeed as it is
│   ├── Unauthenticated     the API key or its token is not accepted
│   ├── PermissionDenied    the key's roles do not grant it
│   ├── NotFound            there is no such thing, or none that the key may know of
│   ├── AlreadyExists       it is there already
│   ├── Conflict            the state moved on meanwhile
│   ├── PreconditionFailed  the state forbids it until something else changes
│   ├── Exhausted           a limit of the plane is reached
│   ├── Unavailable         not now
│   │   ├── SpineBroken         an invariant of the plane does not hold: it accepts no runs
│   │   └── GovernanceDegraded  governance is degraded: the plane accepts no runs
│   └── Internal            the plane's own fault
└── StepRefused             a policy or a person says that the step does not happen
    ├── RunPaused           … for now, and it took longer than `pause_timeout` allows
    ├── RunStopped          … and none after it: the run is to end
    ├── RunKilled           … and none after it: the run is over, at once
    └── RunEnded            … because the run is over
"""

from collections.abc import Mapping
from typing import ClassVar

from aos_sdk._values import Decision


class AOSError(Exception):
    """Anything that AOS or its client has to complain about.

    Attributes:
        reason: For programs, such as `RUN_NOT_FOUND`.
        message: For people, one sentence.
        metadata: The parts of the message that change.
        retryable: Whether the very same may succeed later.
    """

    reason: str = "CLIENT"
    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or type(self).reason
        self.metadata = dict(metadata or {})
        self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class ConfigurationError(AOSError):
    """The client was given something it cannot work with; the message says what it needs."""

    reason = "CONFIGURATION"


class NotAvailableYet(AOSError):
    """AOS will have it; the message says with what it comes."""

    reason = "NOT_AVAILABLE_YET"


class ClientUnusable(AOSError):
    """The client is closed, was carried into a forked process, or belongs to another event loop."""

    reason = "CLIENT_UNUSABLE"


class PlaneUnreachable(AOSError):
    """Nobody answered in time, so that nothing more may happen."""

    reason = "PLANE_UNREACHABLE"
    advice = (
        "See whether base_url names the plane and whether it runs; the client goes on trying to"
        " connect, so the same may be tried again."
    )

    def __init__(self, message: str, **details: str) -> None:
        super().__init__(message, metadata=details, retryable=True)


class RequestRefused(AOSError):
    """The plane answered, and the answer is no."""

    reason = "REFUSED"


class Invalid(RequestRefused):
    """The request can never succeed as it is."""

    advice = "Change the request; metadata names the field where one is to blame."


class Unauthenticated(RequestRefused):
    """The API key, or the token that it was exchanged for, is not accepted."""

    advice = "Give a key that is not revoked as api_key or in AOS_API_KEY."


class PermissionDenied(RequestRefused):
    """The roles of the key do not grant it."""

    advice = "Ask an owner of the tenant for a key with the role that the reason names."


class NotFound(RequestRefused):
    """There is no such thing, or none that the key may know of."""

    advice = "Look at the identifier, and whether the key belongs to the same tenant and project."


class AlreadyExists(RequestRefused):
    """It is there already."""


class Conflict(RequestRefused):
    """The state moved on while the request was under way."""

    advice = "Read the state again, then decide whether to repeat."


class PreconditionFailed(RequestRefused):
    """The state forbids it until something else changes."""


class Exhausted(RequestRefused):
    """A limit of the plane is reached."""

    advice = "Come back later, or send less."


class Unavailable(RequestRefused):
    """Not now; the same may succeed later."""

    advice = "Try the same again later."


class SpineBroken(Unavailable):
    """An invariant of the plane does not hold, so it accepts no runs; metadata names the checks."""

    advice = "Whoever operates the plane must mend it: `aos doctor` says what is wrong."


class GovernanceDegraded(Unavailable):
    """Governance is degraded, so the plane accepts no runs."""

    advice = "A governance owner must set governance to active again."


class Internal(RequestRefused):
    """The plane's own fault; its log knows more."""


class StepRefused(AOSError):
    """The step does not happen: nothing of the body was executed, unless its class says otherwise.

    Attributes:
        decision: What was decided, with policy, limit, value and threshold; None when a person or
            the state of the run is the cause.
        requires_ack: Whether a person must acknowledge before the run goes on.
    """

    reason = "STEP_REFUSED"

    def __init__(
        self,
        message: str,
        *,
        run_id: str,
        decision: Decision | None = None,
        requires_ack: bool = False,
    ) -> None:
        super().__init__(message, metadata={"run_id": run_id})
        self.decision = decision
        self.requires_ack = requires_ack


class RunPaused(StepRefused):
    """The run is paused, and stayed so for longer than `pause_timeout`."""

    reason = "RUN_PAUSED"
    advice = "A person must resume the run; the step may then be asked for again."


class RunStopped(StepRefused):
    """The run was stopped: nothing new begins, what was under way may end."""

    reason = "RUN_STOPPED"
    advice = "Leave the block of the run; a stopped run never goes on."


class RunKilled(StepRefused):
    """The run was killed: what is under way is broken off.

    An async step is cancelled where it waits; synchronous code sees this at its next call into
    the SDK, and may look at `run.should_stop` before.
    """

    reason = "RUN_KILLED"
    advice = "Leave the block of the run at once; a killed run never goes on."


class RunEnded(StepRefused):
    """The run is over: somebody else completed or cancelled it, or it was silent for too long."""

    reason = "RUN_IS_OVER"
    advice = "Leave the block of the run, and begin another one if there is more to do."
