"""Serves aos.orchestrator.v1.RunEvidenceService."""

from typing import Any, Protocol

from aos.orchestrator.v1 import evidence_service_pb2 as messages
from aos.orchestrator.v1 import evidence_service_pb2_grpc
from kernel.identifiers import RunId, TenantId
from servicekit import calls
from services.orchestrator.api import evidence_messages
from services.orchestrator.usecases.explain_run import RunExplainer
from services.orchestrator.usecases.gather_evidence import EvidenceGatherer
from services.orchestrator.usecases.prove_run import Prover

_USUAL = 100


class Replays(Protocol):
    """Policies, as it decides again what it has decided."""

    async def run(self, run_id: str) -> Any:
        """Return a run that the caller may know of; raises NotFound for any other."""
        ...

    async def replay(self, tenant_id: TenantId, run_id: RunId) -> Any:
        """Have every decision made again, and return what policies says of it."""
        ...


class RunEvidenceService(evidence_service_pb2_grpc.RunEvidenceServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        gather: EvidenceGatherer,
        prove: Prover,
        explain: RunExplainer,
        replays: Replays,
    ) -> None:
        self._gather = gather
        self._prove = prove
        self._explain = explain
        self._replays = replays

    async def GetRunEvidence(self, request: Any, _context: Any) -> Any:
        """Return everything that the domains keep about a run."""
        evidence = await self._gather.of_run(
            RunId(request.run_id), principal=calls.principal(), most=request.limit or _USUAL
        )
        return evidence_messages.from_evidence(evidence)

    async def GetRunProof(self, request: Any, _context: Any) -> Any:
        """Recompute the hashes of a run."""
        proof = await self._prove(RunId(request.run_id), principal=calls.principal())
        return evidence_messages.from_proof(proof)

    async def ReplayDecisions(
        self, request: Any, _context: Any
    ) -> messages.ReplayDecisionsResponse:
        """Recompute every decision of a run."""
        await self._replays.run(request.run_id)
        again = await self._replays.replay(calls.principal().tenant_id, RunId(request.run_id))
        return evidence_messages.from_replay(again)

    async def GetIncidentEvidence(self, request: Any, _context: Any) -> Any:
        """Return an incident with its run and the proposals that it led to."""
        found = await self._gather.of_incident(request.incident_id, principal=calls.principal())
        return evidence_messages.from_incident(found)

    async def GetProposalContext(self, request: Any, _context: Any) -> Any:
        """Return a proposal with the incident and the run that led to it."""
        context = await self._gather.of_proposal(request.proposal_id, principal=calls.principal())
        return evidence_messages.from_context(context)

    async def ExplainRun(self, request: Any, _context: Any) -> Any:
        """Tell what happened to a run."""
        explanation = await self._explain(RunId(request.run_id), principal=calls.principal())
        return evidence_messages.from_explanation(explanation)
