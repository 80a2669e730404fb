"""Read and override how bad each kind of thing is held to be."""

from dataclasses import dataclass

from kernel.errors import EtagMismatch
from kernel.principal import Principal
from kernel.revision import require_current
from services.incidents.domain.events import SeveritiesUpdated
from services.incidents.domain.severity import SeverityRule, SeverityTable, require_distinct
from services.incidents.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeverities:
    """What a tenant wants its table to say."""

    principal: Principal
    rules: tuple[SeverityRule, ...]
    etag: str


async def get_severities(*, principal: Principal, unit_of_work: UnitOfWork) -> SeverityTable:
    """Return the tenant's table."""
    return await unit_of_work.severities.find(principal.tenant_id)


async def set_severities(command: SetSeverities, *, unit_of_work: UnitOfWork) -> SeverityTable:
    """Replace what the tenant has set.

    Raises:
        PermissionMissing: the credential is bound to a project.
        InvalidField: a kind is there twice.
        EtagMismatch: somebody changed the table since it was read.
    """
    principal = command.principal
    principal.require_whole_tenant()
    require_distinct(command.rules)
    before = await unit_of_work.severities.find(principal.tenant_id)
    require_current(command.etag, before.revision)
    after = SeverityTable(
        tenant_id=principal.tenant_id, overrides=command.rules, revision=before.revision + 1
    )
    at = await unit_of_work.now()
    if not await unit_of_work.severities.keep(after, by=principal.actor_id, at=at):
        raise EtagMismatch("Somebody else changed the table at the same time. Read it again.")
    unit_of_work.announce(SeveritiesUpdated(severities=after), actor=principal.actor, before=before)
    return after
