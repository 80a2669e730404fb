"""Read records: of the plane or a tenant, and of a run."""

from collections.abc import Callable
from typing import TypeVar

from kernel.identifiers import RunId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.logs.domain.system_record import SystemRecord
from services.logs.usecases.ports import RunRecordRepository, SystemQuery, UnitOfWork

Record = TypeVar("Record")


async def list_system_records(
    query: SystemQuery,
    page: PageRequest,
    *,
    principal: Principal | None,
    unit_of_work: UnitOfWork,
) -> Page[SystemRecord]:
    """Return records, newest first; without a principal it is the operator who asks."""
    if principal is not None:
        principal.require_whole_tenant()
    return await unit_of_work.system_records.list(query, page)


async def list_run_records(
    run_id: RunId | None,
    page: PageRequest,
    *,
    principal: Principal,
    choose: Callable[[UnitOfWork], RunRecordRepository[Record]],
    unit_of_work: UnitOfWork,
) -> Page[Record]:
    """Return the records of a run or of the tenant, oldest first."""
    principal.require_whole_tenant()
    return await choose(unit_of_work).list(principal.tenant_id, run_id, page)
