"""Serves aos.logs.v1.RetrievalEvidenceService."""

from typing import Any

from aos.logs.v1 import retrieval_evidence_service_pb2, retrieval_evidence_service_pb2_grpc
from services.logs.api.run_records import RunRecords
from services.logs.domain.run_records import RetrievalEvidence


class RetrievalEvidenceService(
    retrieval_evidence_service_pb2_grpc.RetrievalEvidenceServiceServicer
):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, records: RunRecords[RetrievalEvidence]) -> None:
        self._records = records

    async def AppendRetrievalEvidence(self, request: Any, _context: Any) -> Any:
        """Append what runs were given to read."""
        await self._records.append(request.evidence)
        return retrieval_evidence_service_pb2.AppendRetrievalEvidenceResponse()

    async def ListRetrievalEvidence(self, request: Any, _context: Any) -> Any:
        """List what runs were given to read, oldest first."""
        evidence, token = await self._records.page(request)
        return retrieval_evidence_service_pb2.ListRetrievalEvidenceResponse(
            evidence=evidence, next_page_token=token
        )
