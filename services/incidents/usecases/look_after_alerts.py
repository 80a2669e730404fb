"""What people do with alerts: read them, take note of them, say how much is too much."""

from dataclasses import dataclass

from kernel.errors import EtagMismatch
from kernel.identifiers import AlertId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.incidents.domain.alert import Alert
from services.incidents.domain.alert_events import AlertAcknowledged, AlertSettingsUpdated
from services.incidents.domain.alert_fatigue import AlertSettings
from services.incidents.domain.errors import AlertNotFound
from services.incidents.usecases.alert_ports import AlertFilter, AlertUnitOfWork


async def get_alert(
    alert_id: AlertId, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Alert:
    """Return an alert.

    Raises:
        AlertNotFound: there is none that the principal may know of.
    """
    found = await unit_of_work.alerts.find(principal.tenant_id, alert_id, principal.project_id)
    if found is None:
        raise AlertNotFound.of(alert_id)
    return found


async def list_alerts(
    wanted: AlertFilter, page: PageRequest, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Page[Alert]:
    """Return alerts, newest first."""
    return await unit_of_work.alerts.list(principal.tenant_id, wanted, page)


async def acknowledge_alert(
    alert_id: AlertId, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Alert:
    """Take note of an alert; whoever was first stays in it.

    Raises:
        AlertNotFound: there is none that the principal may know of.
    """
    before = await unit_of_work.alerts.hold(principal.tenant_id, alert_id, principal.project_id)
    if before is None:
        raise AlertNotFound.of(alert_id)
    after = before.acknowledged(by=principal.actor_id, at=await unit_of_work.now())
    if after is before:
        unit_of_work.leave_unchanged()
        return before
    await unit_of_work.alerts.acknowledge(after)
    unit_of_work.announce(AlertAcknowledged(alert=after), actor=principal.actor, before=before)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAlertSettings:
    """What a tenant wants to hold for too much."""

    principal: Principal
    cool_down_seconds: int
    storm_threshold_per_minute: int
    digest_seconds: int
    etag: str


async def get_alert_settings(
    *, tenant_id: TenantId, unit_of_work: AlertUnitOfWork
) -> AlertSettings:
    """Return the tenant's settings."""
    return await unit_of_work.fatigue.settings(tenant_id)


async def set_alert_settings(
    command: SetAlertSettings, *, unit_of_work: AlertUnitOfWork
) -> AlertSettings:
    """Replace the tenant's settings.

    Raises:
        PermissionMissing: the credential is bound to a project.
        EtagMismatch: somebody changed them since they were read.
    """
    principal = command.principal
    principal.require_whole_tenant()
    before = await unit_of_work.fatigue.settings(principal.tenant_id)
    require_current(command.etag, before.revision)
    after = AlertSettings(
        tenant_id=principal.tenant_id,
        cool_down_seconds=command.cool_down_seconds,
        storm_threshold_per_minute=command.storm_threshold_per_minute,
        digest_seconds=command.digest_seconds,
        revision=before.revision + 1,
    )
    at = await unit_of_work.now()
    if not await unit_of_work.fatigue.set(after, by=principal.actor_id, at=at):
        raise EtagMismatch("Somebody else changed the settings meanwhile. Read them again.")
    event = AlertSettingsUpdated(alert_settings=after)
    unit_of_work.announce(event, actor=principal.actor, before=before)
    return after
