"""Serves aos.policies.v1.DecisionLogService."""

from typing import Any

from aos.policies.v1 import decision_log_service_pb2 as messages
from aos.policies.v1 import decision_log_service_pb2_grpc
from kernel.identifiers import RunId, SnapshotId
from servicekit import calls
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.decision_messages import decode, encode, from_finding, revised
from services.policies.api.gate_messages import from_snapshot
from services.policies.usecases import read_decisions
from services.policies.usecases.ports import UnitOfWork
from services.policies.usecases.programs import Programs


class DecisionLogService(decision_log_service_pb2_grpc.DecisionLogServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        page_tokens: PageTokens,
        programs: Programs,
    ) -> None:
        self._units_of_work = units_of_work
        self._page_tokens = page_tokens
        self._programs = programs

    async def GetDecision(self, request: Any, _context: Any) -> Any:
        """Return one decision with what every rule said."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            stored, findings = await read_decisions.get_decision(
                RunId(request.run_id),
                request.step_id,
                principal=principal,
                unit_of_work=unit_of_work,
                programs=self._programs,
            )
        return messages.GetDecisionResponse(
            decision=decode(stored.answer),
            findings=[from_finding(finding) for finding in findings],
        )

    async def ListDecisions(self, request: Any, _context: Any) -> Any:
        """List the decisions of a run."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await read_decisions.list_decisions(
                RunId(request.run_id), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListDecisionsResponse(
            decisions=[decode(stored.answer) for stored in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def ReplayDecisions(self, request: Any, _context: Any) -> Any:
        """Decide everything of a run again, and compare."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            replayed = await read_decisions.replay(
                RunId(request.run_id),
                principal=principal,
                unit_of_work=unit_of_work,
                programs=self._programs,
                encode=encode,
                revise=revised,
            )
        return messages.ReplayDecisionsResponse(
            decision_count=replayed.count,
            divergences=[
                messages.Divergence(
                    step_id=stored.step_id,
                    stored=decode(stored.answer),
                    recomputed=decode(again),
                )
                for stored, again in replayed.divergences
            ],
            decisions_root=replayed.root,
        )

    async def GetSnapshot(self, request: Any, _context: Any) -> Any:
        """Return a snapshot."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            snapshot = await read_decisions.get_snapshot(
                SnapshotId(request.snapshot_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetSnapshotResponse(snapshot=from_snapshot(snapshot))
