"""Record and list exports."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import new_id
from kernel.ledger import entry_of
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.logs.domain.export import Export, ExportKind, ExportRecorded
from services.logs.domain.ledger_entry import ActorType
from services.logs.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExport:
    """What is being exported."""

    kind: ExportKind
    subject: str
    tree_size: int
    content_sha256: str
    size_bytes: int


async def record_export(
    command: RecordExport, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Export:
    """Keep what is exported and by whom, and let it enter the ledger in the same transaction."""
    principal.require_whole_tenant()
    export = Export(
        id=new_id("exp"),
        tenant_id=principal.tenant_id,
        kind=command.kind,
        subject=command.subject,
        tree_size=command.tree_size,
        content_sha256=command.content_sha256,
        size_bytes=command.size_bytes,
        actor_type=ActorType(principal.actor.type.lower()),
        actor_id=principal.actor_id,
        exported_at=clock.now(),
    )
    await unit_of_work.exports.add(export)
    unit_of_work.record(entry_of(ExportRecorded(export=export), actor=principal.actor))
    return export


async def list_exports(
    page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Export]:
    """Return exports, newest first."""
    principal.require_whole_tenant()
    return await unit_of_work.exports.list(principal.tenant_id, page)
