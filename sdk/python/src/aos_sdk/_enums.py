"""The words of AOS, as strings that compare with what one would write by hand."""

from enum import StrEnum
from typing import Any, TypeVar

WordT = TypeVar("WordT", bound=StrEnum)


class StepKind(StrEnum):
    """What a step is."""

    MODEL_CALL = "model_call"
    TOOL_CALL = "tool_call"
    RETRIEVAL = "retrieval"
    DATABASE_QUERY = "database_query"
    EMBEDDING = "embedding"
    PLAN = "plan"
    SUB_RUN = "sub_run"
    CHECK = "check"
    OTHER = "other"


class Action(StrEnum):
    """What is to be done, from the mildest to the harshest."""

    CONTINUE = "continue"
    WARN = "warn"
    PAUSE = "pause"
    STOP = "stop"
    KILL = "kill"


class GateState(StrEnum):
    """Whether a run may take another step."""

    OPEN = "open"
    PAUSED = "paused"
    STOPPED = "stopped"
    KILLED = "killed"
    CLOSED = "closed"


class RunStatus(StrEnum):
    """Status of a run."""

    UNSPECIFIED = "unspecified"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    RETRY = "retry"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_POLICY = "failed_policy"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether it is one that no run leaves again."""
        return self in {self.SUCCEEDED, self.FAILED, self.FAILED_POLICY, self.CANCELLED}


class RunMode(StrEnum):
    """Who executes a run."""

    UNSPECIFIED = "unspecified"
    MANAGED = "managed"
    EXTERNAL = "external"


class Completion(StrEnum):
    """Where the completion of a run stands."""

    UNSPECIFIED = "unspecified"
    RUNNING = "running"
    COMPENSATING = "compensating"
    PARKED = "parked"
    FINISHED = "finished"


class OnUnreachable(StrEnum):
    """What a run does while the plane is out of reach, as its policies say."""

    FAIL_CLOSED = "fail_closed"
    FAIL_OPEN = "fail_open"


def text(number: int, enumeration: Any) -> str:
    """Name of a value of the contracts without its prefix; empty when it is not set or unknown."""
    try:
        name: str = enumeration.Name(number)
    except ValueError:
        return ""
    prefix = enumeration.Name(0).removesuffix("UNSPECIFIED")
    return name.removeprefix(prefix) if number else ""


def word(number: int, enumeration: Any, words: type[WordT], *, otherwise: WordT) -> WordT:
    """Translate a value of the contracts; one that we do not know counts as `otherwise`."""
    name = text(number, enumeration).lower()
    return words(name) if name in set(words) else otherwise
