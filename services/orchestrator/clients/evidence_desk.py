"""All domains, as evidence is gathered of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from aos.incidents.v1 import incident_service_pb2, incident_service_pb2_grpc
from aos.logs.v1 import (
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    retrieval_evidence_service_pb2,
    retrieval_evidence_service_pb2_grpc,
    run_log_service_pb2,
    run_log_service_pb2_grpc,
    run_record_service_pb2,
    run_record_service_pb2_grpc,
)
from aos.policies.v1 import (
    decision_log_service_pb2,
    decision_log_service_pb2_grpc,
    enforcement_service_pb2,
    enforcement_service_pb2_grpc,
    gate_service_pb2,
    gate_service_pb2_grpc,
    prevention_service_pb2,
    prevention_service_pb2_grpc,
    proposal_service_pb2,
    proposal_service_pb2_grpc,
)
from kernel.errors import NotFound, ServiceError, Unavailable
from kernel.identifiers import RunId, TenantId
from services.orchestrator.clients.evidence_reading import Listing, answered, first_of, pages
from services.orchestrator.clients.peer import Peer
from services.orchestrator.domain.run_proof import EndedRun
from services.orchestrator.domain.snapshot_hashes import ReadSnapshot
from services.orchestrator.usecases.evidence_ports import Belongs, RunReading, Some

ACTIVITY = [
    *run_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
POLICIES = [
    *decision_log_service_pb2.DESCRIPTOR.services_by_name.values(),
    *enforcement_service_pb2.DESCRIPTOR.services_by_name.values(),
    *gate_service_pb2.DESCRIPTOR.services_by_name.values(),
    *prevention_service_pb2.DESCRIPTOR.services_by_name.values(),
    *proposal_service_pb2.DESCRIPTOR.services_by_name.values(),
]
INCIDENTS = [*incident_service_pb2.DESCRIPTOR.services_by_name.values()]
LOGS = [
    *ledger_service_pb2.DESCRIPTOR.services_by_name.values(),
    *retrieval_evidence_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_log_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_record_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_PAGE = 500
# Proposals are listed for the whole tenant; further back than so many nobody looks.
_MOST_PROPOSALS = 2000
# Who lists each kind of evidence, with which method, in which field of its answer.
_LISTS: dict[str, tuple[str, Any, Any, str, str]] = {
    "decisions": (
        "policies",
        decision_log_service_pb2,
        decision_log_service_pb2_grpc,
        "ListDecisions",
        "decisions",
    ),
    "enforcements": (
        "policies",
        enforcement_service_pb2,
        enforcement_service_pb2_grpc,
        "ListEnforcements",
        "enforcements",
    ),
    "preventions": (
        "policies",
        prevention_service_pb2,
        prevention_service_pb2_grpc,
        "ListPreventions",
        "preventions",
    ),
    "proposals": (
        "policies",
        proposal_service_pb2,
        proposal_service_pb2_grpc,
        "ListProposals",
        "proposals",
    ),
    "incidents": (
        "incidents",
        incident_service_pb2,
        incident_service_pb2_grpc,
        "ListIncidents",
        "incidents",
    ),
    "run_records": (
        "logs",
        run_record_service_pb2,
        run_record_service_pb2_grpc,
        "ListRunRecords",
        "records",
    ),
    "run_log": (
        "logs",
        run_log_service_pb2,
        run_log_service_pb2_grpc,
        "ListRunLogEvents",
        "events",
    ),
    "retrievals": (
        "logs",
        retrieval_evidence_service_pb2,
        retrieval_evidence_service_pb2_grpc,
        "ListRetrievalEvidence",
        "evidence",
    ),
    "ledger_entries": (
        "logs",
        ledger_service_pb2,
        ledger_service_pb2_grpc,
        "ListEntries",
        "entries",
    ),
}


class EvidencePeers:
    """The domains that know of runs."""

    def __init__(self, *, activity: Peer, policies: Peer, incidents: Peer, logs: Peer) -> None:
        self.activity, self.policies = activity, policies
        self.incidents, self.logs = incidents, logs

    @classmethod
    def among(cls, peers: Mapping[str, Peer]) -> "EvidencePeers":
        """Those of all peers that are domains of a run."""
        return cls(**{name: peers[name] for name in ("activity", "policies", "incidents", "logs")})


class DomainEvidence:
    """Reads what the domains keep about runs."""

    def __init__(self, peers: EvidencePeers) -> None:
        self._peers = peers
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(peers.activity.channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(peers.activity.channel)
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(peers.policies.channel)
        self._log: Any = decision_log_service_pb2_grpc.DecisionLogServiceStub(
            peers.policies.channel
        )
        self._proposals: Any = proposal_service_pb2_grpc.ProposalServiceStub(peers.policies.channel)
        self._incidents: Any = incident_service_pb2_grpc.IncidentServiceStub(
            peers.incidents.channel
        )
        self._listings = _listings(peers)

    async def run(self, run_id: str) -> RunReading:
        """Return a run that the caller may know of; raises NotFound for any other."""
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        run = (await answered(self._peers.activity, self._runs.GetRun, request, None)).run
        status = run_pb2.RunStatus.Name(run.status).removeprefix("RUN_STATUS_")
        reason = run_pb2.TerminationReason.Name(run.termination_reason)
        return RunReading(
            message=run,
            ended=EndedRun(status=status, reason=reason.removeprefix("TERMINATION_REASON_")),
            created_at=run.create_time.ToDatetime(tzinfo=UTC),
        )

    async def incident(self, incident_id: str) -> Any:
        """Return an incident that the caller may know of, with its evidence."""
        request = incident_service_pb2.GetIncidentRequest(incident_id=incident_id)
        method = self._incidents.GetIncident
        return await answered(self._peers.incidents, method, request, None)

    async def proposal(self, tenant_id: TenantId, proposal_id: str) -> Any:
        """Return a proposal; whether the caller may know of it depends on its run."""
        request = proposal_service_pb2.GetProposalRequest(proposal_id=proposal_id)
        method = self._proposals.GetProposal
        return (await answered(self._peers.policies, method, request, tenant_id)).proposal

    async def trace(self, tenant_id: TenantId, run_id: RunId) -> Any | None:
        """Return the trace of a run; None if it was never begun."""
        request = trace_service_pb2.GetTraceRequest(run_id=run_id)
        method = self._traces.GetTrace
        try:
            return (await answered(self._peers.activity, method, request, tenant_id)).trace
        except NotFound:
            return None

    async def gate(self, tenant_id: TenantId, run_id: RunId) -> Any | None:
        """Return the gate of a run; None if it was never opened."""
        request = gate_service_pb2.GetGateRequest(run_id=run_id)
        try:
            method = self._gates.GetGate
            return (await answered(self._peers.policies, method, request, tenant_id)).gate
        except NotFound:
            return None

    async def steps(self, tenant_id: TenantId, trace_id: str, most: int) -> Some:
        """Return the first steps of a trace."""
        listing = Listing(
            peer=self._peers.activity,
            method=self._traces.ListSteps,
            request_type=trace_service_pb2.ListStepsRequest,
            field="steps",
        )
        return await first_of(listing, tenant_id, most=most, trace_id=trace_id)

    async def listed(self, kind: str, tenant_id: TenantId, run_id: RunId, most: int) -> Some:
        """Return the first of one kind of evidence of a run, by the name of its field."""
        fields: dict[str, Any] = {"run_id": run_id}
        if kind == "ledger_entries":
            fields = {"filter": ledger_service_pb2.LedgerFilter(run_id=run_id)}
        return await first_of(self._listings[kind], tenant_id, most=most, **fields)

    async def proposals(
        self, tenant_id: TenantId, named: Sequence[str], since: datetime, belongs: Belongs
    ) -> Some:
        """Return proposals: those that are named, and any other since a moment that belongs."""
        found: dict[str, Any] = {}
        looked_at, more = 0, False
        listing = self._listings["proposals"]
        async for items, further in pages(listing, tenant_id, size=_PAGE):
            found |= {item.id: item for item in items if belongs(item)}
            looked_at += len(items)
            reached = items and items[-1].create_time.ToDatetime(tzinfo=UTC) < since
            if reached or looked_at >= _MOST_PROPOSALS:
                more = further and not reached
                break
        for proposal_id in named:
            if proposal_id not in found:
                found[proposal_id] = await self.proposal(tenant_id, proposal_id)
        return Some(items=[found[name] for name in sorted(found)], more=more)

    async def policy_names(self, tenant_id: TenantId, snapshot_id: str) -> dict[str, str]:
        """Return what the policies of a snapshot are called; none if it cannot be read."""
        request = decision_log_service_pb2.GetSnapshotRequest(snapshot_id=snapshot_id)
        try:
            read = await answered(self._peers.policies, self._log.GetSnapshot, request, tenant_id)
        except Unavailable:
            raise
        except ServiceError:
            # The proof says what is wrong with it; a name is not worth an explanation.
            return {}
        return snapshot_of(read.snapshot).policy_names


def snapshot_of(message: Any) -> ReadSnapshot:
    """Read a snapshot."""
    return ReadSnapshot(
        id=message.id,
        content=message.content,
        content_hash=message.content_hash,
        threshold_hash=message.threshold_snapshot_hash,
    )


def _listings(peers: EvidencePeers) -> dict[str, Listing]:
    """What is listed by the run, by the name of its field in the evidence."""
    made: dict[str, Listing] = {}
    for kind, (name, messages, stubs, method, field) in _LISTS.items():
        peer: Peer = getattr(peers, name)
        (service,) = messages.DESCRIPTOR.services_by_name
        stub: Any = getattr(stubs, f"{service}Stub")(peer.channel)
        made[kind] = Listing(
            peer=peer,
            method=getattr(stub, method),
            request_type=getattr(messages, f"{method}Request"),
            field=field,
        )
    return made
