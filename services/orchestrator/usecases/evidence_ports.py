"""What evidence needs of the domains.

Evidence is shown as the domains say it, so their messages are handed through as they came; what a
proof recomputes comes as facts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.recomputed_ledger import KeptEntry, SignedLedger
from services.orchestrator.domain.recomputed_trace import KeptStep, SealedTrace
from services.orchestrator.domain.run_proof import EndedRun, ReadGate, ReplayedDecisions
from services.orchestrator.domain.snapshot_hashes import ReadSnapshot

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """The first of a list, in the order of its domain."""

    items: Sequence[Any]
    # Whether there are more.
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReading:
    """A run as whoever asks may see it."""

    message: Any
    ended: EndedRun
    created_at: datetime


class EvidenceDesk(Protocol):
    """The domains, as evidence is gathered of them.

    Whatever somebody asks about is read with their own credential; the rest, once that has shown
    that they may know of it, in our name. One that does not answer raises Unavailable and is named:
    a part must never look like the whole.
    """

    async def run(self, run_id: str) -> RunReading:
        """Return a run that the caller may know of; raises NotFound for any other."""
        ...

    async def incident(self, incident_id: str) -> Any:
        """Return an incident that the caller may know of, with its evidence."""
        ...

    async def proposal(self, tenant_id: TenantId, proposal_id: str) -> Any:
        """Return a proposal; whether the caller may know of it depends on its run."""
        ...

    async def trace(self, tenant_id: TenantId, run_id: RunId) -> Any | None:
        """Return the trace of a run; None if it was never begun."""
        ...

    async def gate(self, tenant_id: TenantId, run_id: RunId) -> Any | None:
        """Return the gate of a run; None if it was never opened."""
        ...

    async def steps(self, tenant_id: TenantId, trace_id: str, most: int) -> Some:
        """Return the first steps of a trace."""
        ...

    async def listed(self, kind: str, tenant_id: TenantId, run_id: RunId, most: int) -> Some:
        """Return the first of one kind of evidence of a run, by the name of its field."""
        ...

    async def proposals(
        self, tenant_id: TenantId, named: Sequence[str], since: datetime, belongs: "Belongs"
    ) -> Some:
        """Return proposals: those that are named, and any other since a moment that belongs."""
        ...

    async def policy_names(self, tenant_id: TenantId, snapshot_id: str) -> dict[str, str]:
        """Return what the policies of a snapshot are called; none if it cannot be read."""
        ...


Belongs = Callable[[Any], bool]


class ProofDesk(Protocol):
    """The domains, as a proof asks them for what it recomputes."""

    async def run(self, run_id: str) -> RunReading:
        """Return a run that the caller may know of; raises NotFound for any other."""
        ...

    async def sealed_trace(self, tenant_id: TenantId, run_id: RunId) -> SealedTrace | None:
        """Return what is said of the trace as a whole; None if it was never begun."""
        ...

    def all_steps(self, tenant_id: TenantId, trace_id: str) -> AsyncIterator[Sequence[KeptStep]]:
        """Return every step, page by page."""
        ...

    async def read_gate(self, tenant_id: TenantId, run_id: RunId) -> ReadGate | None:
        """Return what the gate names; None if it was never opened."""
        ...

    async def snapshot(self, tenant_id: TenantId, snapshot_id: str) -> ReadSnapshot:
        """Return a snapshot."""
        ...

    async def replayed(self, tenant_id: TenantId, run_id: RunId) -> ReplayedDecisions:
        """Have every decision made again."""
        ...

    def all_entries(self, tenant_id: TenantId, run_id: RunId) -> AsyncIterator[Sequence[KeptEntry]]:
        """Return every entry of the run in the ledger, page by page."""
        ...

    async def signed_ledger(self, tenant_id: TenantId) -> SignedLedger:
        """Have the ledger signed as it is now; raises for one that is damaged."""
        ...

    async def inclusion(self, tenant_id: TenantId, sequence: int, size: int) -> Sequence[bytes]:
        """Return the proof that an entry is in the ledger of a size."""
        ...


class Beside(Protocol):
    """Where what computes for long goes, so that nobody else waits for it."""

    def __call__(self, work: Callable[[], Result]) -> Awaitable[Result]:
        """Return what the work returns."""
        ...
