"""A row of the gate: what must be true, and how it is proven as a client would."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aosctl.stage.calling import Stage
from aosctl.stage.planes import RunningPlane


class Unproven(Exception):
    """A row does not hold; the message says why."""


class State(StrEnum):
    """What became of a row."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_BUILT = "not built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The plane that rows are proven on."""

    stage: Stage
    # Its processes, where they are ours to hold up; a plane of somebody else's has none for us.
    plane: RunningPlane | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One promise that no customer is without."""

    id: str
    must_be_true: str
    # Returns what has shown it; nothing proves what is not built.
    prove: Callable[[Site], Awaitable[str]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a row, and what has shown it."""

    id: str
    state: State
    shown_by: str

    def __str__(self) -> str:
        because = f": {self.shown_by}" if self.state is State.FAILS else ""
        return f"{self.id} {self.state}{because}"


def require(holds: object, otherwise: str) -> None:
    """Go on only if something is so.

    Raises:
        Unproven: It is not.
    """
    if not holds:
        raise Unproven(otherwise)
