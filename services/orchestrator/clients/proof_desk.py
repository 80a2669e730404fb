"""All domains, as a proof asks them for what it recomputes."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from aos.activity.v1 import trace_pb2, trace_service_pb2, trace_service_pb2_grpc
from aos.logs.v1 import ledger_service_pb2, ledger_service_pb2_grpc
from aos.policies.v1 import decision_log_service_pb2, decision_log_service_pb2_grpc
from kernel.identifiers import RunId, TenantId
from services.orchestrator.clients.evidence_desk import DomainEvidence, EvidencePeers, snapshot_of
from services.orchestrator.clients.evidence_reading import Listing, answered, pages
from services.orchestrator.domain.recomputed_ledger import KeptEntry, SignedLedger
from services.orchestrator.domain.recomputed_trace import KeptStep, SealedTrace
from services.orchestrator.domain.run_proof import ReadGate, ReplayedDecisions
from services.orchestrator.domain.snapshot_hashes import ReadSnapshot
from services.orchestrator.usecases.evidence_ports import RunReading

# Few enough that hashing them holds up nobody for long.
_PAGE = 200


class DomainProofs:
    """Reads what a proof recomputes."""

    def __init__(self, peers: EvidencePeers, evidence: DomainEvidence) -> None:
        self._peers, self._evidence = peers, evidence
        self._log: Any = decision_log_service_pb2_grpc.DecisionLogServiceStub(
            peers.policies.channel
        )
        self._ledger: Any = ledger_service_pb2_grpc.LedgerServiceStub(peers.logs.channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(peers.activity.channel)

    async def run(self, run_id: str) -> RunReading:
        """Return a run that the caller may know of; raises NotFound for any other."""
        return await self._evidence.run(run_id)

    async def sealed_trace(self, tenant_id: TenantId, run_id: RunId) -> SealedTrace | None:
        """Return what is said of the trace as a whole; None if it was never begun."""
        trace = await self._evidence.trace(tenant_id, run_id)
        if trace is None:
            return None
        return SealedTrace(
            trace_id=trace.trace_id, step_count=trace.step_count, root_hash=trace.root_hash.hex()
        )

    async def all_steps(
        self, tenant_id: TenantId, trace_id: str
    ) -> AsyncIterator[Sequence[KeptStep]]:
        """Return every step, page by page."""
        listing = Listing(
            peer=self._peers.activity,
            method=self._traces.ListSteps,
            request_type=trace_service_pb2.ListStepsRequest,
            field="steps",
        )
        async for steps, _ in pages(listing, tenant_id, size=_PAGE, trace_id=trace_id):
            yield [_kept_step(step) for step in steps]

    async def read_gate(self, tenant_id: TenantId, run_id: RunId) -> ReadGate | None:
        """Return what the gate names; None if it was never opened."""
        gate = await self._evidence.gate(tenant_id, run_id)
        if gate is None:
            return None
        return ReadGate(snapshot_id=gate.snapshot_id, decisions_root=gate.decisions_root)

    async def snapshot(self, tenant_id: TenantId, snapshot_id: str) -> ReadSnapshot:
        """Return a snapshot."""
        request = decision_log_service_pb2.GetSnapshotRequest(snapshot_id=snapshot_id)
        read = await answered(self._peers.policies, self._log.GetSnapshot, request, tenant_id)
        return snapshot_of(read.snapshot)

    async def replayed(self, tenant_id: TenantId, run_id: RunId) -> ReplayedDecisions:
        """Have every decision made again."""
        again = await self.replay(tenant_id, run_id)
        return ReplayedDecisions(
            count=again.decision_count,
            divergent=tuple(one.step_id for one in again.divergences),
            root=again.decisions_root,
        )

    async def replay(self, tenant_id: TenantId, run_id: RunId) -> Any:
        """Have every decision made again, and return what policies says of it."""
        request = decision_log_service_pb2.ReplayDecisionsRequest(run_id=run_id)
        method = self._log.ReplayDecisions
        return await answered(self._peers.policies, method, request, tenant_id)

    async def all_entries(
        self, tenant_id: TenantId, run_id: RunId
    ) -> AsyncIterator[Sequence[KeptEntry]]:
        """Return every entry of the run in the ledger, page by page."""
        listing = Listing(
            peer=self._peers.logs,
            method=self._ledger.ListEntries,
            request_type=ledger_service_pb2.ListEntriesRequest,
            field="entries",
        )
        wanted = ledger_service_pb2.LedgerFilter(run_id=run_id)
        async for entries, _ in pages(listing, tenant_id, size=_PAGE, filter=wanted):
            yield [
                KeptEntry(sequence=one.sequence, leaf=one.leaf, leaf_hash=one.leaf_hash)
                for one in entries
            ]

    async def signed_ledger(self, tenant_id: TenantId) -> SignedLedger:
        """Have the ledger signed as it is now; raises for one that is damaged."""
        request = ledger_service_pb2.CreateCheckpointRequest()
        method = self._ledger.CreateCheckpoint
        signed = (await answered(self._peers.logs, method, request, tenant_id)).checkpoint
        return SignedLedger(size=signed.tree_size, root_hash=signed.root_hash, note=signed.note)

    async def inclusion(self, tenant_id: TenantId, sequence: int, size: int) -> Sequence[bytes]:
        """Return the proof that an entry is in the ledger of a size."""
        request = ledger_service_pb2.GetInclusionProofRequest(sequence=sequence, tree_size=size)
        method = self._ledger.GetInclusionProof
        return list((await answered(self._peers.logs, method, request, tenant_id)).hashes)


def _kept_step(recorded: trace_pb2.RecordedStep) -> KeptStep:
    """A step with the bytes that were kept of it.

    Activity keeps a step as the bytes of its message, written deterministically, and hashes those;
    the message that it hands out is read from them, so writing it again gives the same bytes.
    """
    return KeptStep(
        index=recorded.step.index,
        kept=recorded.step.SerializeToString(deterministic=True),
        leaf_hash=recorded.content_hash,
        late=recorded.late,
    )
