"""Serves aos.incidents.v1.FindingService."""

from typing import Any

from aos.incidents.v1 import finding_service_pb2 as messages
from aos.incidents.v1 import finding_service_pb2_grpc
from kernel.clock import Clock
from servicekit import calls
from servicekit.audit.gate import Gate
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.finding_messages import (
    from_finding,
    from_kept,
    from_opt_ins,
    to_examine,
    to_finding_filter,
    to_set_detector,
)
from services.incidents.api.incident_messages import from_incident
from services.incidents.usecases import findings
from services.incidents.usecases.examine_output import ExamineOutput
from services.incidents.usecases.ports import UnitOfWork


class FindingService(finding_service_pb2_grpc.FindingServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        examine_output: ExamineOutput,
        audit: Gate,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._examine_output = examine_output
        self._audit = audit
        self._clock = clock

    async def ExamineOutput(self, request: Any, _context: Any) -> Any:
        """Compare an output with what its run retrieved."""
        self._audit.require_open()
        command = to_examine(request, calls.principal(), at=self._clock.now())
        examined = await self._examine_output(command)
        place: dict[str, Any] = {"run_id": request.run_id, "step_index": request.step_index}
        return messages.ExamineOutputResponse(
            findings=[from_kept(one) for one in examined.findings],
            doubtful=[from_finding(one, **place) for one in examined.doubtful],
            blocking=examined.blocking,
            remarks=examined.remarks,
            incident=None if examined.incident is None else from_incident(examined.incident),
        )

    async def ListFindings(self, request: Any, _context: Any) -> Any:
        """List findings, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await findings.list_findings(
                to_finding_filter(request, principal),
                page,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.ListFindingsResponse(
            findings=[from_kept(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def GetDetectorSettings(self, _request: Any, _context: Any) -> Any:
        """Return from where on findings are kept, and which may hold runs."""
        tenant_id = calls.principal().tenant_id
        async with self._units_of_work(tenant_id) as unit_of_work:
            settings = await findings.get_detector(tenant_id=tenant_id, unit_of_work=unit_of_work)
        return messages.GetDetectorSettingsResponse(
            confidence_floor=settings.floor,
            opt_ins=from_opt_ins(settings),
            etag=str(settings.revision),
        )

    async def UpdateDetectorSettings(self, request: Any, _context: Any) -> Any:
        """Replace these settings."""
        command = to_set_detector(request, calls.principal())

        async def work(unit_of_work: UnitOfWork) -> messages.UpdateDetectorSettingsResponse:
            settings = await findings.set_detector(command, unit_of_work=unit_of_work)
            return messages.UpdateDetectorSettingsResponse(
                confidence_floor=settings.floor,
                opt_ins=from_opt_ins(settings),
                etag=str(settings.revision),
            )

        return await self._mutations.once(
            request,
            messages.UpdateDetectorSettingsResponse,
            work,
            tenant=command.principal.tenant_id,
        )
