"""What activity announces."""

from dataclasses import dataclass

from services.activity.domain.run import Run
from services.activity.domain.signal import Signal
from services.activity.domain.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated:
    """A run was created."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanged:
    """A run changed its phase or status; `step` says by which step of its life."""

    run: Run
    step: str

    @property
    def LEDGER_TYPE(self) -> str:  # noqa: N802 - what the ledger looks for
        """Each step is an entry of its own type."""
        return f"RUN_{self.step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A run is over."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNoted:
    """Somebody's note about a run was taken; `note` says which."""

    run: Run
    note: str

    @property
    def LEDGER_TYPE(self) -> str:  # noqa: N802 - what the ledger looks for
        """Each note is an entry of its own type."""
        return f"RUN_{self.note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceBegun:
    """A trace was begun."""

    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSealed:
    """A trace was sealed."""

    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRaised:
    """A signal was raised."""

    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalAcknowledged:
    """Somebody has looked at a signal."""

    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSuppressed:
    """Somebody suppressed a signal."""

    signal: Signal


SignalEvent = SignalRaised | SignalAcknowledged | SignalSuppressed
ActivityEvent = (
    SignalEvent | RunCreated | RunChanged | RunEnded | RunNoted | TraceBegun | TraceSealed
)
