"""The saga of one run's completion: which task is next, and what follows from its outcome.

Pure, so that every path can be walked in a test: forward, back, parked, set going again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from kernel.identifiers import RunId, SagaId, TenantId
from services.orchestrator.domain.errors import SagaNotParked
from services.orchestrator.domain.kinds import Cause, SagaState, Wish
from services.orchestrator.domain.run_completion import PIVOT, STEPS

# An outage is waited out for about half an hour; then a person should know.
PATIENCE = 60
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 30.0

Outcomes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done now."""

    name: str
    compensation: bool
    # Names the task for whoever does it; done twice under one key it is done once.
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task did not go through."""

    message: str
    # Whether the same may go through later without anybody doing anything.
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """The completion of one run."""

    id: SagaId
    tenant_id: TenantId
    run_id: RunId
    cause: Cause
    wish: Wish
    said_by: str
    created_at: datetime
    updated_at: datetime
    retry_at: datetime
    state: SagaState = SagaState.RUNNING
    # The step that is next, or is taken back next.
    position: int = 0
    # Grows each time everything was taken back, so that doing it again is no repetition.
    round: int = 0
    attempts: int = 0
    replays: int = 0
    last_error: str = ""
    finished_at: datetime | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    @property
    def task(self) -> Task | None:
        """What is to be done now; None when nothing is."""
        if not self.state.is_under_way:
            return None
        step = STEPS[self.position]
        compensation = self.state is SagaState.COMPENSATING
        return self._named(step.undo if compensation else step.name, compensation=compensation)

    def again(self, name: str) -> Task:
        """The task of a step that is behind us, under the key that it had."""
        return self._named(name, compensation=False)

    def _named(self, name: str, *, compensation: bool) -> Task:
        return Task(name=name, compensation=compensation, key=f"{self.id}/{name}/{self.round}")

    def advanced(self, *, at: datetime) -> "Saga":
        """The saga after its task went through."""
        if self.state is SagaState.COMPENSATING:
            return self._taken_back(at)
        position = self.position + 1
        if position < len(STEPS):
            return self._changed(at, position=position, attempts=0, last_error="")
        return self._changed(
            at,
            position=position,
            attempts=0,
            last_error="",
            state=SagaState.FINISHED,
            finished_at=at,
        )

    def _taken_back(self, at: datetime) -> "Saga":
        if self.position > 0:
            return self._changed(at, position=self.position - 1, attempts=0)
        # Nothing of it is left; a person says when it is tried again.
        return self._changed(at, state=SagaState.PARKED, round=self.round + 1, attempts=0)

    def failed(self, failure: Failure, *, at: datetime, chance: float) -> "Saga":
        """The saga after its task did not go through; `chance` is between 0 and 1."""
        attempts = self.attempts + 1
        if failure.retryable and attempts < PATIENCE:
            wait = timedelta(seconds=_wait(attempts) * chance)
            return self._changed(
                at, attempts=attempts, last_error=failure.message, retry_at=at + wait
            )
        if self.state is SagaState.RUNNING and self.position < PIVOT and not failure.retryable:
            return self._given_up(failure, at)
        return self._changed(
            at, attempts=attempts, last_error=failure.message, state=SagaState.PARKED
        )

    def _given_up(self, failure: Failure, at: datetime) -> "Saga":
        if self.position == 0:
            return self._changed(
                at, last_error=failure.message, state=SagaState.PARKED, round=self.round + 1
            )
        return self._changed(
            at,
            position=self.position - 1,
            attempts=0,
            last_error=failure.message,
            state=SagaState.COMPENSATING,
        )

    def replayed(self, *, at: datetime) -> "Saga":
        """The saga, set going again by a person.

        Raises:
            SagaNotParked: nobody has to.
        """
        if self.state is not SagaState.PARKED:
            raise SagaNotParked(
                f"The completion of {self.run_id} is {self.state} and waits for nobody.",
                metadata={"run_id": self.run_id, "state": self.state},
            )
        return self._changed(
            at, state=SagaState.RUNNING, attempts=0, replays=self.replays + 1, retry_at=at
        )

    def hurried(self, wish: Wish, *, at: datetime) -> "Saga":
        """The saga that need not wait any longer for whoever executed the run."""
        return self._changed(at, wish=wish, retry_at=at)

    def _changed(self, at: datetime, **changes: Any) -> "Saga":
        return replace(self, updated_at=at, revision=self.revision + 1, **changes)


def _wait(attempts: int) -> float:
    """Full jitter: anything up to twice as long as the time before."""
    doubled: float = _FIRST_WAIT_SECONDS * 2.0 ** min(attempts, 16)
    return min(_LONGEST_WAIT_SECONDS, doubled)
