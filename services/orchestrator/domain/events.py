"""What the orchestrator announces."""

from dataclasses import dataclass

from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractWritten:
    """A run has started, and what it must collect is written."""

    contract: RunContract


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionBegun:
    """A run is over for whoever executed it; its completion goes on by itself."""

    saga: Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionParked:
    """A completion waits for a person."""

    saga: Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionReplayed:
    """A person has set a completion going again."""

    saga: Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFinished:
    """Every domain has what it must have of a run."""

    saga: Saga


SagaEvent = CompletionBegun | CompletionParked | CompletionReplayed | CompletionFinished
OrchestratorEvent = ContractWritten | SagaEvent
