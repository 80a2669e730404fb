"""The records of a run's model calls: which there have to be, and what they are called."""

from datetime import datetime
from typing import Protocol

from kernel.identifiers import derived_id
from services.orchestrator.domain.saga import Saga


class RecordedCall(Protocol):
    """What must be known of a step."""

    @property
    def index(self) -> int:
        """Where it stands in the trace."""
        ...

    @property
    def kind(self) -> str:
        """What it did."""
        ...

    @property
    def model(self) -> str:
        """The model that it asked; empty if it asked none."""
        ...

    @property
    def started_at(self) -> datetime:
        """When it began."""
        ...


def is_model_call(step: RecordedCall) -> bool:
    """Whether a record is kept of a step."""
    return step.kind == "LLM_CALL" and bool(step.model)


def record_id(saga: Saga, step: RecordedCall, what: str) -> str:
    """The record of a step, or of its being void; the same however often it is asked for."""
    return derived_id("llm", f"{saga.id}/{saga.round}/{step.index}/{what}", step.started_at)
