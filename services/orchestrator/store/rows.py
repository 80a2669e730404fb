"""Rows as entities and back."""

from dataclasses import fields
from typing import Any

from services.orchestrator.domain.kinds import Cause, RunMode, SagaState, Wish
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga

SAGA_FIELDS = tuple(item.name for item in fields(Saga))
CONTRACT_FIELDS = tuple(item.name for item in fields(RunContract))


def saga_of(row: Any) -> Saga:
    """The saga that a row holds."""
    values = {name: row[name] for name in SAGA_FIELDS}
    values |= {
        "cause": Cause(row["cause"]),
        "wish": Wish(row["wish"]),
        "state": SagaState(row["state"]),
    }
    return Saga(**values)


def saga_row(saga: Saga) -> dict[str, Any]:
    """A saga as a row; its lease is nobody's business but the lease's."""
    return {name: getattr(saga, name) for name in SAGA_FIELDS}


def contract_of(row: Any) -> RunContract:
    """The contract that a row holds."""
    values = {name: row[name] for name in CONTRACT_FIELDS}
    return RunContract(**{**values, "mode": RunMode(row["mode"])})


def contract_row(contract: RunContract) -> dict[str, Any]:
    """A contract as a row."""
    return {name: getattr(contract, name) for name in CONTRACT_FIELDS}
