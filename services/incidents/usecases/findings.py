"""Read findings, and set from where on they are kept and which may hold runs."""

from dataclasses import dataclass

from kernel.errors import EtagMismatch
from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.incidents.domain.events import DetectorSettingsUpdated
from services.incidents.domain.kept_finding import (
    DetectorSettings,
    KeptFinding,
    OptIn,
    require_distinct,
)
from services.incidents.usecases.ports import FindingFilter, UnitOfWork


async def list_findings(
    wanted: FindingFilter, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[KeptFinding]:
    """Return findings, newest first."""
    return await unit_of_work.findings.list(principal.tenant_id, wanted, page)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDetector:
    """From where on findings are to be kept, and which may hold runs."""

    principal: Principal
    floor: float
    opt_ins: tuple[OptIn, ...]
    etag: str


async def get_detector(*, tenant_id: TenantId, unit_of_work: UnitOfWork) -> DetectorSettings:
    """Return the tenant's settings."""
    return await unit_of_work.findings.settings(tenant_id)


async def set_detector(command: SetDetector, *, unit_of_work: UnitOfWork) -> DetectorSettings:
    """Replace the tenant's settings.

    Raises:
        PermissionMissing: the credential is bound to a project.
        InvalidField: a policy is there twice.
        EtagMismatch: somebody changed them since they were read.
    """
    principal = command.principal
    principal.require_whole_tenant()
    require_distinct(command.opt_ins)
    before = await unit_of_work.findings.settings(principal.tenant_id)
    require_current(command.etag, before.revision)
    after = DetectorSettings(
        tenant_id=principal.tenant_id,
        floor=command.floor,
        opt_ins=command.opt_ins,
        revision=before.revision + 1,
    )
    at = await unit_of_work.now()
    if not await unit_of_work.findings.set(after, by=principal.actor_id, at=at):
        raise EtagMismatch("Somebody else changed the settings meanwhile. Read them again.")
    event = DetectorSettingsUpdated(detector=after)
    unit_of_work.announce(event, actor=principal.actor, before=before)
    return after
