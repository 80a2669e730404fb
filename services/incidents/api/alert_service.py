"""Serves aos.incidents.v1.AlertService."""

from typing import Any

from aos.incidents.v1 import alert_service_pb2 as messages
from aos.incidents.v1 import alert_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import AlertId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.alert_messages import (
    from_alert,
    from_alert_settings,
    to_alert,
    to_alert_filter,
    to_set_alert_settings,
)
from services.incidents.usecases import look_after_alerts
from services.incidents.usecases.alert_ports import AlertUnitOfWork
from services.incidents.usecases.raise_alert import raise_alert


class AlertService(alert_service_pb2_grpc.AlertServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[AlertUnitOfWork],
        mutations: Mutations[AlertUnitOfWork],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._clock = clock

    async def RaiseAlert(self, request: Any, _context: Any) -> Any:
        """Let people know of something."""
        principal = calls.principal()
        alert = to_alert(request, principal, at=self._clock.now())

        async def work(unit_of_work: AlertUnitOfWork) -> messages.RaiseAlertResponse:
            raised = await raise_alert(alert, actor=principal.actor, unit_of_work=unit_of_work)
            return messages.RaiseAlertResponse(alert=from_alert(raised))

        return await self._mutations.once(
            request, messages.RaiseAlertResponse, work, tenant=principal.tenant_id
        )

    async def GetAlert(self, request: Any, _context: Any) -> Any:
        """Return one alert."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await look_after_alerts.get_alert(
                AlertId(request.alert_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetAlertResponse(alert=from_alert(found))

    async def ListAlerts(self, request: Any, _context: Any) -> Any:
        """List alerts, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await look_after_alerts.list_alerts(
                to_alert_filter(request, principal),
                page,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.ListAlertsResponse(
            alerts=[from_alert(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def AcknowledgeAlert(self, request: Any, _context: Any) -> Any:
        """Say that somebody has taken note."""
        principal = calls.principal()

        async def work(unit_of_work: AlertUnitOfWork) -> messages.AcknowledgeAlertResponse:
            alert = await look_after_alerts.acknowledge_alert(
                AlertId(request.alert_id), principal=principal, unit_of_work=unit_of_work
            )
            return messages.AcknowledgeAlertResponse(alert=from_alert(alert))

        return await self._mutations.once(
            request, messages.AcknowledgeAlertResponse, work, tenant=principal.tenant_id
        )

    async def GetAlertSettings(self, _request: Any, _context: Any) -> Any:
        """Return how much is too much."""
        tenant_id = calls.principal().tenant_id
        async with self._units_of_work(tenant_id) as unit_of_work:
            settings = await look_after_alerts.get_alert_settings(
                tenant_id=tenant_id, unit_of_work=unit_of_work
            )
        return messages.GetAlertSettingsResponse(
            settings=from_alert_settings(settings), etag=str(settings.revision)
        )

    async def UpdateAlertSettings(self, request: Any, _context: Any) -> Any:
        """Replace these settings."""
        command = to_set_alert_settings(request, calls.principal())

        async def work(unit_of_work: AlertUnitOfWork) -> messages.UpdateAlertSettingsResponse:
            settings = await look_after_alerts.set_alert_settings(
                command, unit_of_work=unit_of_work
            )
            return messages.UpdateAlertSettingsResponse(
                settings=from_alert_settings(settings), etag=str(settings.revision)
            )

        return await self._mutations.once(
            request,
            messages.UpdateAlertSettingsResponse,
            work,
            tenant=command.principal.tenant_id,
        )
