"""What can be done about a step, and how conflicts resolve (INV-005)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Protocol, TypeVar

from services.policies.domain.errors import ActionRenamed


class Action(IntEnum):
    """From mild to harsh; the order is the rule."""

    CONTINUE = 1
    WARN = 2
    PAUSE = 3
    STOP = 4
    KILL = 5

    @property
    def lets_step_happen(self) -> bool:
        """Whether the step may be taken."""
        return self <= Action.WARN


# Names of earlier products, and what they have become.
_RENAMED = {
    "BLOCK": Action.STOP,
    "REJECT": Action.STOP,
    "QUEUE": Action.PAUSE,
    "DEGRADE": Action.WARN,
    "ALERT": Action.WARN,
    "ABORT": Action.KILL,
}


def action_named(name: str) -> Action:
    """The action of this name.

    Raises:
        ActionRenamed: it is an earlier name; the error gives the one of today.
    """
    if name in _RENAMED:
        raise ActionRenamed.of(name, _RENAMED[name].name)
    return Action[name]


class Opinion(Protocol):
    """What one rule wants done."""

    @property
    def action(self) -> Action:
        """What it wants."""
        ...

    @property
    def policy_id(self) -> str:
        """Whose rule it is."""
        ...

    @property
    def limit_name(self) -> str:
        """Which rule of the policy it is."""
        ...


Wanted = TypeVar("Wanted", bound=Opinion)


def harshest(opinions: Iterable[Wanted]) -> Wanted | None:
    """The opinion that wins: the harshest action, among equals the lowest policy id, then the name.

    The order in which opinions come never matters.
    """
    return min(opinions, key=_rank, default=None)


def _rank(opinion: Opinion) -> tuple[int, bytes, bytes]:
    # Bytes, because the database compares identifiers so, whatever they hold.
    return -opinion.action, opinion.policy_id.encode(), opinion.limit_name.encode()
