"""Read runs. A credential that is bound to a project sees that project's runs only."""

from dataclasses import replace

from kernel.errors import PermissionMissing
from kernel.identifiers import RunId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.activity.domain.errors import RunNotFound
from services.activity.usecases.ports import RunQuery, RunView, UnitOfWork


async def get_run(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> RunView:
    """Return one run.

    Raises:
        RunNotFound: there is none that the principal may know of.
    """
    view = await unit_of_work.runs.view(principal.tenant_id, run_id)
    if view is None or principal.project_id not in (None, view.run.project_id):
        raise RunNotFound.of(run_id)
    return view


async def list_runs(
    query: RunQuery, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[RunView]:
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
