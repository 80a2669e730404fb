"""Read runs. A credential that is bound to a project sees that project's runs only."""

from dataclasses import replace

from kernel.errors import PermissionMissing
from kernel.identifiers import RunId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.activity.domain.errors import RunNotFound
from services.activity.domain.run import Run
from services.activity.usecases.ports import RunQuery, UnitOfWork


async def get_run(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> Run:
    """Return one run.

    Raises:
        RunNotFound: there is none that the principal may know of.
    """
    run = await unit_of_work.runs.find(principal.tenant_id, run_id)
    if run is None or principal.project_id not in (None, run.project_id):
        raise RunNotFound.of(run_id)
    return run


async def list_runs(
    query: RunQuery, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Run]:
    """Return runs, newest first."""
    return await unit_of_work.runs.list(narrowed(query, principal), page)


def narrowed(query: RunQuery, principal: Principal) -> RunQuery:
    """The query, within what the principal may see.

    Raises:
        PermissionMissing: it asks for a project that the credential is not bound to.
    """
    bound = principal.project_id
    if bound is not None and query.project_id not in (None, bound):
        raise PermissionMissing(
            "The credential is bound to another project. Leave project_id empty."
        )
    return replace(query, project_id=bound or query.project_id)
